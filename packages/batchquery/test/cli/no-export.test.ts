import { describe, expect, inject, test } from 'vitest'
import { adminConnection } from '../setup/mariadb-client.ts'
import { duckdb, mariadb, postgres, query } from './query-databases.ts'
import { type Ended, Workspace } from './workspace.ts'

/* A statement that was probably meant to be an export is refused with the correct statement, before anything runs if possible. */

const TO = `INTO OUTFILE S3 's3://batchquery-s3/output/r'`

const runSql = async (sql: string, environment: NodeJS.ProcessEnv): Promise<Ended> =>
  (await Workspace.create()).runSql(sql, [], { environment })

/** Nothing answers there: what connects fails with another code. */
const NOWHERE = (dialect: string) => ({ BATCHQUERY_DATABASE: `${dialect}://u@nosuch.invalid/d` })

test.each([
  ['mysql', `EXPLAIN SELECT 1 ${TO}`, /INTO OUTFILE S3 exports only a query, but this statement is EXPLAIN/],
  ['mysql', `INSERT INTO t VALUES (1) RETURNING a ${TO}`, /exports only a query, but .* is INSERT/],
  ['postgres', `FETCH ALL FROM c ${TO}`, /exports only a query, but .* is FETCH/],
  [
    'mysql',
    `SELECT 1 INTO OUTFIL S3 's3://b/p'`,
    /expected INTO OUTFILE S3 before a destination, found "INTO OUTFIL S3"/,
  ],
  [
    'postgres',
    `SELECT 1 INTO OUTFILE './x'`,
    /expected INTO OUTFILE S3 before a destination, found "INTO OUTFILE"/,
  ],
  ['mysql', `SELECT 1 ${TO} FEILDS TERMINATED BY ','`, /hint: Did you mean FIELDS\?/],
  ['mysql', `SELECT 1 ${TO} COMPRESION GZIP`, /hint: Did you mean COMPRESSION\?/],
  ['mysql', `SELECT 1 ${TO} OVERWRITE YES`, /hint: Did you mean ON\?/],
  ['mysql', `SELECT 1 ${TO} FORMAT TSV`, /hint: Did you mean TEXT\?/],
])('a run connects to nothing when no server can run the task: %s: %s', async (dialect, sql, message) => {
  const ended = await runSql(`SELECT 1;\n${sql}`, NOWHERE(dialect))
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr).toMatch(message)
  expect(ended.stderr).toMatch(/^error: line 2, column \d+: /m)
})

describe('MariaDB', () => {
  test('a routine with an export is refused before a statement runs', async () => {
    const sql = `CREATE TABLE never (a INT); CREATE PROCEDURE p() BEGIN SELECT 1 ${TO}; END`
    const environment = await mariadb()
    const { code, stderr } = await runSql(sql, environment)
    expect(code).toBe(1)
    expect(stderr).toMatch(/exports only a query, but .* is the definition of a routine$/m)
    expect((await query('SHOW TABLES', ['--format', 'csv'], environment)).stdout).not.toContain('never')
  })

  test.each([
    `PREPARE s FROM 'SELECT 1 INTO OUTFILE S3 ''s3://b/x'''`,
    `EXECUTE IMMEDIATE CONCAT('SELECT 1 INTO OUT', 'FILE S3 ''s3://b/x''')`,
  ])('an export is refused in a text that the server prepares: %s', async sql => {
    const { code, stderr } = await runSql(sql, await mariadb())
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: statement 1 \(line 1\): .*near 'S3/m)
    expect(stderr).toMatch(/^hint: Write INTO OUTFILE S3 at the end of a query of the task itself/m)
  })

  test('the hint suggests an export when the server refuses to write a file', async () => {
    const { host, port, outfileDir } = inject('mariadb')
    const admin = await adminConnection()
    const user = `nofile_${Date.now()}`
    const environment = await mariadb()
    const database = /\/(\w+)$/.exec(environment.BATCHQUERY_DATABASE ?? '')?.[1]
    await admin.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'no-file-for-me'`)
    await admin.query(`GRANT SELECT ON ${database}.* TO ${user}@'%'`)
    const asked = (path: string, of: NodeJS.ProcessEnv) => runSql(`SELECT 1 INTO OUTFILE '${path}'`, of)
    const limited = {
      BATCHQUERY_DATABASE: `mysql://${user}@${host}:${port}/${database}`,
      MYSQL_PWD: 'no-file-for-me',
    }
    const existing = `${outfileDir}/${user}`
    await asked(existing, environment)
    const endings = [
      await asked(`${outfileDir}/x`, limited),
      await asked('/nowhere/x', environment),
      await asked(existing, environment),
    ]
    await admin.query(`DROP USER ${user}@'%'`)
    await admin.end()
    for (const { code, stderr } of endings) {
      expect(code, stderr).not.toBe(0)
      expect(stderr).toMatch(/^hint: Write INTO OUTFILE S3 's3:\/\/bucket\/prefix'/m)
    }
    expect(endings.map(({ stderr }) => /\((\d+)\)$/m.exec(stderr)?.[1])).toEqual(['1227', '1290', '1086'])
  })

  test('the server writes a file when it may', async () => {
    const { outfileDir } = inject('mariadb')
    const path = `${outfileDir}/${Date.now()}`
    expect(await runSql(`SELECT 1 INTO OUTFILE '${path}'`, await mariadb())).toMatchObject({ code: 0 })
  })

  test('SET STATEMENT .. FOR a query is an export, under the setting', async () => {
    const workspace = await Workspace.create()
    const sql = `SET STATEMENT max_statement_time = 100, div_precision_increment = 8 FOR
      SELECT 1/3, @@max_statement_time INTO OUTFILE S3 './o/r';
      SET STATEMENT sql_select_limit = 2 FOR SELECT seq FROM seq_1_to_9 INTO OUTFILE S3 './o/s' FORMAT CSV HEADER`
    const { code, stderr } = await workspace.runSql(sql, [], { environment: await mariadb() })
    expect(code, stderr).toBe(0)
    expect(await workspace.read('o/r.part_00000')).toBe('0.33333333\t100.000000\n')
    expect(await workspace.read('o/s.part_00000')).toBe('seq\n1\n2\n')
    const printed = await query(
      'SET STATEMENT sql_select_limit = 2 FOR SELECT 7 AS a',
      ['--format', 'csv'],
      await mariadb(),
    )
    expect(printed).toMatchObject({ code: 0, stdout: 'a\n7\n' })
  })
})

test.each([
  ['MariaDB', mariadb],
  ['PostgreSQL', postgres],
  ['DuckDB', duckdb],
])('a parameter may touch its neighbors in the clauses: %s', async (_, database) => {
  const workspace = await Workspace.create()
  const sql = `-- @param d text = x
-- @param e text = it's
SELECT 1, 2 INTO OUTFILE S3 './o/r-':d:e'-':d FIELDS TERMINATED BY:f'' CHARSET :set`
  const args = ['-p', 'd=a\\b', '-p', 'set=utf8mb4', '-p', 'f=;']
  const { code, stderr } = await workspace.runSql(sql, args, { environment: await database() })
  expect(code, stderr).toBe(0)
  expect(await workspace.read(`o/r-a\\bit's-a\\b.part_00000`)).toBe('1;2\n')
})
