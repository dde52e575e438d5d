import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningMariadb, startOwnMariadb } from '../setup/mariadb.ts'
import { adminPg } from '../setup/postgres-client.ts'
import { mariadb, postgres, query } from './query-databases.ts'
import { documentOf, Workspace } from './workspace.ts'

/* Servers that read strings otherwise than a default one, and sessions that begin to in the midst of a task. */

let strange: RunningMariadb
beforeAll(async () => {
  strange = await startOwnMariadb({ settings: ['--sql-mode=NO_BACKSLASH_ESCAPES'] })
})
afterAll(() => strange.stop())

const strangeMariadb = (): NodeJS.ProcessEnv => {
  const { port, user, password, database } = strange.server
  return { BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${database}`, MYSQL_PWD: password }
}

/** A database of PostgreSQL whose sessions begin with standard_conforming_strings = off. */
const strangePostgres = async (): Promise<NodeJS.ProcessEnv> => {
  const environment = await postgres()
  const name = /([^/]+)\?/.exec(environment.BATCHQUERY_DATABASE ?? '')?.[1]
  const admin = await adminPg()
  await admin.query(`ALTER DATABASE ${name} SET standard_conforming_strings = off`)
  await admin.end()
  return environment
}

/** The file of an export to `./o/r`, by a task that succeeds. */
async function exported(sql: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
  const workspace = await Workspace.create()
  const { code, stderr } = await workspace.runSql(sql, args, { environment })
  expect(code, stderr).toBe(0)
  return workspace.read('o/r.part_00000')
}

describe('a server with another default', () => {
  test('takes a task that a default MySQL would refuse', async () => {
    const environment = strangeMariadb()
    expect(await exported(`SELECT 'C:\\' AS path INTO OUTFILE S3 './o/r'`, environment)).toBe('C:\\\n')
    const sql = [
      '-- @param d text',
      '-- @timeout 1h',
      `SELECT 'a\\', :d, ':d', "\\", '; SELECT 1 -- ' INTO OUTFILE S3 './o':d`,
      `FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n'`,
    ].join('\n')
    const row = ['a\\', '/r', ':d', '\\', '; SELECT 1 -- '].join('\\t')
    expect(await exported(sql, environment, ['-p', 'd=/r'])).toBe(`${row}\\n`)
  })

  test('exports the layout of its own INTO OUTFILE', async () => {
    const { port, user, password, outfileDir } = strange.server
    const connection = await createConnection({ host: '127.0.0.1', port, user, password })
    const clauses = `FIELDS TERMINATED BY '\\t' ENCLOSED BY '\\' LINES STARTING BY "\\'" TERMINATED BY '\\n'`
    await connection.query(`SELECT 'a', 5, NULL, 'b''c' INTO OUTFILE '${outfileDir}/own' ${clauses}`)
    const [[row]] = await connection.query<RowDataPacket[]>(
      `SELECT HEX(LOAD_FILE('${outfileDir}/own')) AS bytes`,
    )
    await connection.end()
    const text = await exported(
      `SELECT 'a', 5, NULL, 'b''c' INTO OUTFILE S3 './o/r' ${clauses}`,
      strangeMariadb(),
    )
    expect(Buffer.from(text).toString('hex').toUpperCase()).toBe(row?.bytes)
  })

  test('refuses a task before its first statement when it cannot read it', async () => {
    const workspace = await Workspace.create()
    const ended = await workspace.runSql(`CREATE TABLE never (a INT);\nSELECT 'it\\'s' AS a`, [], {
      environment: strangeMariadb(),
    })
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: line 2, column 14: /m) })
    expect(ended.stderr).not.toContain('statement 1')
    const { stdout } = await query(`SHOW TABLES LIKE 'never'`, ['--format', 'csv'], strangeMariadb())
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })

  test('is also asked by query and query --to', async () => {
    const environment = strangeMariadb()
    const sql = `SELECT 'C:\\' AS a, '; -- ' AS b`
    expect(await query(sql, ['--format', 'csv'], environment)).toMatchObject({
      code: 0,
      stdout: 'a,b\nC:\\,; -- \n',
    })
    const workspace = await Workspace.create()
    const { code, stderr } = await workspace.run(
      ['query', `SELECT 'C:\\' AS a;`, '--to', './o/r', '--format', 'csv'],
      {
        environment,
      },
    )
    expect(code, stderr).toBe(0)
    expect(await workspace.read('o/r.part_00000')).toBe('a\nC:\\\n')
  })

  test('takes a task that a default PostgreSQL would refuse', async () => {
    const environment = await strangePostgres()
    expect(await exported(`SELECT 'it\\'s; x' AS a INTO OUTFILE S3 './o/r'`, environment)).toBe(`it's; x\n`)
    expect(
      await exported(`-- @param d text\nSELECT 'it\\'s', :d, '\\':d' INTO OUTFILE S3 './o/':d`, environment, [
        '-p',
        'd=r',
      ]),
    ).toBe(`it's\tr\t':d\n`)
  })
})

describe('a session that changes how it reads strings', () => {
  const AMBIGUOUS = `SELECT '\\', '; SELECT 1 -- ' INTO OUTFILE S3 './o/r'`
  const ESCAPED = `SELECT 'it\\'s; SELECT 1 -- ' INTO OUTFILE S3 './o/r'`
  const NO_ESCAPES = `SET @mode = 'NO_BACKSLASH_ESCAPES'`

  test.each([
    ['a variable', `${NO_ESCAPES}; SET SQL_MODE=@mode`],
    ['REPLACE()', `SET sql_mode = REPLACE('x', 'x', 'NO_BACKSLASH_ESCAPES')`],
    ['a subquery', `SET sql_mode = (SELECT 'NO_BACKSLASH_ESCAPES')`],
    ['CONCAT()', `SET @@session.sql_mode := CONCAT('NO_BACKSLASH', '_ESCAPES')`],
    ['a prepared statement', `PREPARE s FROM 'SET sql_mode = "NO_BACKSLASH_ESCAPES"'; EXECUTE s`],
    ['EXECUTE IMMEDIATE', `EXECUTE IMMEDIATE 'SET sql_mode = "NO_BACKSLASH_ESCAPES"'`],
    ['a comment of mysqldump', `${NO_ESCAPES}; /*!40101 SET SQL_MODE=@mode */`],
    ['SET STATEMENT', `SET STATEMENT max_statement_time=9 FOR SET sql_mode='NO_BACKSLASH_ESCAPES'`],
    ['an introducer', `SET sql_mode = _utf8'NO_BACKSLASH_ESCAPES'`],
    ['a number', 'SET sql_mode = 1048576 + 0'],
  ])('is followed on MariaDB when %s has set sql_mode', async (_, set) => {
    expect(await exported(`${set}; ${AMBIGUOUS}`, await mariadb())).toBe('\\\t; SELECT 1 -- \n')
  })

  test('is followed when sql_mode is restored, or only seems to be set', async () => {
    const environment = await mariadb()
    const restored = `SET @old=@@sql_mode, sql_mode='NO_BACKSLASH_ESCAPES';\nSELECT '\\' AS a;\nSET SQL_MODE=@old`
    expect(await exported(`${restored}; ${ESCAPED}`, environment)).toBe(`it's; SELECT 1 -- \n`)
    const other = `/*!999999 SET sql_mode='NO_BACKSLASH_ESCAPES' */`
    expect(await exported(`${other}; ${ESCAPED}`, environment)).toBe(`it's; SELECT 1 -- \n`)
    const routine = `CREATE PROCEDURE p() SET sql_mode = 'NO_BACKSLASH_ESCAPES'; CALL p()`
    expect(await exported(`${routine}; ${ESCAPED}`, environment)).toBe(`it's; SELECT 1 -- \n`)
  })

  test('is followed by the layout of the next export', async () => {
    const sql = `${NO_ESCAPES}; SET sql_mode = @mode; SELECT 'a', 'b' INTO OUTFILE S3 './o/r' FIELDS TERMINATED BY '\\t'`
    expect(await exported(sql, await mariadb())).toBe('a\\tb\n')
  })

  test.each([
    ['set_config()', `SELECT set_config('standard_conforming_strings', 'off', false)`],
    ['a block', `DO $$ BEGIN SET standard_conforming_strings = off; END $$`],
    ['SET of a session', `SET SESSION standard_conforming_strings = off`],
    ['a routine', `CREATE PROCEDURE p() LANGUAGE sql AS 'SET standard_conforming_strings = off'; CALL p()`],
    [
      'a ROLLBACK',
      `SET standard_conforming_strings = off; BEGIN; SET standard_conforming_strings = on; ROLLBACK`,
    ],
    [
      'a COMMIT',
      `SET standard_conforming_strings = off; BEGIN; SET LOCAL standard_conforming_strings = on; COMMIT`,
    ],
  ])('is followed on PostgreSQL when %s has set standard_conforming_strings', async (_, set) => {
    expect(await exported(`${set}; ${ESCAPED}`, await postgres())).toBe(`it's; SELECT 1 -- \n`)
  })

  test.each([
    ['RESET', `SET standard_conforming_strings = off; RESET standard_conforming_strings`],
    ['DISCARD', `SET standard_conforming_strings = off; DISCARD ALL`],
    ['SET LOCAL outside of a transaction', `SET LOCAL standard_conforming_strings = off`],
  ])('is followed on PostgreSQL when %s has left it on', async (_, set) => {
    expect(await exported(`${set}; ${AMBIGUOUS}`, await postgres())).toBe('\\\\\t; SELECT 1 -- \n')
  })

  test('fails the task with the line when the rest cannot be read', async () => {
    const workspace = await Workspace.create()
    const sql = `SET @m = '';\nSET sql_mode = @m;\nSELECT '\\' AS a`
    const { code, stderr } = await workspace.runSql(sql, [], { environment: await mariadb() })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: line 3, column 8: expected the closing '/m)
    expect(stderr).toContain('statement 2: ')
  })
})

describe('--dry-run', () => {
  const dryRun = async (sql: string, url: string, args: readonly string[] = []) =>
    (await Workspace.create()).runSql(sql, ['--dry-run', ...args], {
      environment: { BATCHQUERY_DATABASE: url },
    })

  test.each([
    [
      'SELECT 1',
      'mysql://u@nosuch.invalid/d',
      'backslash escapes, double quotes are strings: the default sql_mode',
    ],
    [
      `SELECT 'C:\\'`,
      'mysql://u@nosuch.invalid/d',
      'no backslash escapes, double quotes are strings: sql_mode with NO_BACKSLASH_ESCAPES',
    ],
    [
      'SELECT 1',
      'postgres://u@nosuch.invalid/d',
      'no backslash escapes, double quotes are names: standard_conforming_strings = on, the default',
    ],
    ['SELECT 1', 'duckdb:db.duckdb', 'no backslash escapes, double quotes are names'],
  ])('shows how strings are read: %s on %s', async (sql, url, strings) => {
    expect(documentOf(await dryRun(sql, url, ['--json']))).toMatchObject({ strings })
    const { stdout } = await dryRun(sql, url)
    expect(stdout).toContain(`\nstrings    ${strings}`)
  })
})
