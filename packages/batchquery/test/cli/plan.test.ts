import * as v from 'valibot'
import { expect, test } from 'vitest'
import { adminConnection } from '../setup/mariadb-client.ts'
import { adminPg } from '../setup/postgres-client.ts'
import { DOCUMENTS } from './documents.ts'
import { mariadb, postgres } from './query-databases.ts'
import { documentOf, Workspace } from './workspace.ts'

const ROWS = 20_000
/** A file that does not exist, which a plan does not make. */
const DUCKDB = { BATCHQUERY_DATABASE: 'duckdb:new.duckdb' }

const databaseIn = ({ BATCHQUERY_DATABASE = '' }: NodeJS.ProcessEnv): string =>
  new URL(BATCHQUERY_DATABASE).pathname.slice(1)

/** Plans a task, which leaves nothing behind. */
async function planned(sql: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', sql)
  await workspace.write('pin.txt', 'verborgen\n')
  const ended = await workspace.run(['plan', 'task.sql', ...args], { environment })
  expect(await workspace.files('.')).toEqual(['pin.txt', 'task.sql'])
  return ended
}

async function ordersOfMariadb(): Promise<NodeJS.ProcessEnv> {
  const environment = await mariadb()
  const admin = await adminConnection({ database: databaseIn(environment) })
  await admin.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, total DECIMAL(10,2), note TEXT)')
  await admin.query(`INSERT INTO orders SELECT seq, seq, REPEAT('x', 100) FROM seq_1_to_${ROWS}`)
  await admin.query('ANALYZE TABLE orders')
  await admin.end()
  return environment
}

async function ordersOfPostgres(): Promise<NodeJS.ProcessEnv> {
  const environment = await postgres()
  const admin = await adminPg(databaseIn(environment))
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2), note text)')
  await admin.query(`INSERT INTO orders SELECT i, i, repeat('x', 100) FROM generate_series(1, ${ROWS}) i`)
  await admin.query('ANALYZE orders')
  await admin.end()
  return environment
}

const PARALLEL = `SELECT * FROM orders INTO OUTFILE S3 's3://b/out/orders' FORMAT PARQUET PARALLEL 4`

test.each([
  ['MariaDB', ordersOfMariadb, /mariadb 1/, /^PRIMARY \(id\)$/],
  ['PostgreSQL', ordersOfPostgres, /postgres 1/, /^ctid$/],
] as const)('--json prints the whole plan of an export of %s', async (_, orders, server, key) => {
  const ended = await planned(PARALLEL, await orders(), ['--json'])
  expect(ended.code, ended.stderr).toBe(0)
  const document = v.parse(DOCUMENTS.plan, documentOf(ended))
  expect(document.database.server).toMatch(server)
  const [exported, ...others] = document.exports
  expect(others).toEqual([])
  expect(exported).toMatchObject({
    number: 1,
    line: 1,
    uri: 's3://b/out/orders',
    mode: 'streamed',
    refused: null,
  })
  expect(exported.forecast?.columns?.map(({ name, writtenType }) => [name, writtenType])).toEqual([
    ['id', 'INT64'],
    ['total', 'DECIMAL(10,2)'],
    ['note', 'STRING'],
  ])
  expect(exported.forecast?.ranges?.key).toMatch(key)
  expect(exported.forecast?.ranges?.ranges.length).toBeGreaterThanOrEqual(16)
  expect(document.fargate?.sizes[0]).toMatchObject({ cpu: 256, memory: 512 })
})

test('a plan for people has a line for each fact', async () => {
  const { stdout, stderr, code } = await planned(PARALLEL, await ordersOfPostgres())
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^database {3}postgres 1\d.*:\/\/batchquery@localhost/)
  expect(stdout).toContain('statement  1 (line 1): PARQUET to s3://b/out/orders')
  expect(stdout).toContain(
    'columns    id bigint → INT64, total numeric(10,2) → DECIMAL(10,2), note text → STRING',
  )
  expect(stdout).toMatch(/rows {7}about 20,\d{3} rows, .* MB as the server has them\n/)
  expect(stdout).toContain('access     orders: Seq Scan')
  expect(stdout).toMatch(/ranges {5}\d+ of public\.orders by ctid\nrange {6}0: ctid < /)
  expect(stdout).toContain('sessions   6, of which 4 read; CONSISTENCY SNAPSHOT')
  expect(stdout).toContain('memory     272 MiB')
  expect(stdout).toMatch(/files {6}at most \d+, of \d+ ranges\n/)
  expect(stdout).toMatch(/longest {4}the range ctid .*, 1,\d{3} rows, less than 1 s\n/)
  expect(stdout).toMatch(/locks {6}Their transactions hold ACCESS SHARE locks/)
  expect(stdout).toMatch(/fargate {4}0\.25 vCPU, 0\.5 GB: less than 1 s, \$0\.0002 \(ARM \$0\.0002\)\n$/)
})

test('a plan of DuckDB has no ranges, and refuses PARALLEL as a run does', async () => {
  const { stdout, code } = await planned(
    `SELECT i, i % 3 AS p FROM range(1000) AS r(i) INTO OUTFILE S3 './out/a' FORMAT PARQUET PARTITION BY (p);
     CREATE TABLE t AS SELECT 1 AS a;
     SELECT * FROM t INTO OUTFILE S3 './out/b';
     SELECT 1 INTO OUTFILE S3 './out/c' PARALLEL 4`,
    DUCKDB,
  )
  expect(code).toBe(1)
  expect(stdout).toContain('columns    i BIGINT → INT64, p BIGINT → partition\nrows       about 1,000 rows\n')
  expect(stdout).toMatch(
    /statement {2}3 \(line 3\): TEXT to file:.*\nnot planned the query needs statement 2 \(line 2\)/,
  )
  expect(stdout).toMatch(
    /refused {4}UNSUPPORTED_CLAUSE: PARALLEL 4: DuckDB reads a query with all cores by itself\n/,
  )
})

test('a task whose exports need earlier statements is no error', async () => {
  const sql = `CREATE TABLE t AS SELECT 1 AS a; SELECT * FROM t INTO OUTFILE S3 './out/b'`
  const { stdout, code } = await planned(sql, DUCKDB, ['--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).exports[0].refused).toMatchObject({ needs: 1, code: 'QUERY_FAILED' })
})

test('a plan shows no secret parameter, also in the words of the server', async () => {
  const sql = `-- @param pin secret
SELECT * FROM nowhere WHERE pin = 'x' || :pin || nothing(:pin) INTO OUTFILE S3 './out/b'`
  const ended = await planned(sql, await postgres(), ['-p', 'pin=@pin.txt', '--json'])
  expect(ended.code).toBe(1)
  expect(ended.stdout + ended.stderr).not.toContain('verborgen')
})

test.each([
  ['a script', ['plan', 'job.sh'], 2, 'USAGE: plan reads the statements of SQL tasks'],
  ['no such file', ['plan', 'nowhere.sql'], 3, 'TASK_NOT_FOUND'],
  ['two tasks', ['plan', 'job.sh', 'b.sql'], 2, 'USAGE'],
])('plan refuses %s', async (_, args, code, message) => {
  const workspace = await Workspace.create()
  await workspace.write('job.sh', 'echo 1\n')
  const ended = await workspace.run([...args, '--json'], { environment: DUCKDB })
  expect(ended.code, ended.stderr).toBe(code)
  const { error } = documentOf(ended)
  expect(`${error.code}: ${error.message}`).toContain(message)
})

test('a plan without exports says so', async () => {
  const { stdout, code } = await planned('SELECT 1', DUCKDB)
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('\n\nexports    none\n') })
})
