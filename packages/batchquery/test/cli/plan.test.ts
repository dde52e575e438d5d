import { expect, test } from 'vitest'
import { adminConnection } from '../setup/mariadb-client.ts'
import { adminPg } from '../setup/postgres-client.ts'
import { mariadb, postgres } from './query-databases.ts'
import { documentOf, Workspace } from './workspace.ts'

const databaseIn = ({ BATCHQUERY_DATABASE = '' }: NodeJS.ProcessEnv): string =>
  new URL(BATCHQUERY_DATABASE).pathname.slice(1)

async function planned(sql: string, environment: NodeJS.ProcessEnv, args: readonly string[] = ['--json']) {
  const workspace = await Workspace.create()
  await workspace.write('task.sql', sql)
  const ended = await workspace.run(['plan', 'task.sql', ...args], { environment })
  expect(await workspace.files('.')).toEqual(['task.sql'])
  return ended
}

test('plan describes an export of a table of PostgreSQL with PARALLEL', async () => {
  const environment = await postgres()
  const admin = await adminPg(databaseIn(environment))
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2), note text)')
  await admin.query(`INSERT INTO orders SELECT i, i, repeat('x', 100) FROM generate_series(1, 20000) i`)
  await admin.query('ANALYZE orders')
  await admin.end()
  const sql = `SELECT * FROM orders INTO OUTFILE S3 's3://b/out/orders' FORMAT PARQUET PARALLEL 4`
  const ended = await planned(sql, environment)
  console.log(ended.stderr, JSON.stringify(documentOf(ended), null, 1))
  console.log((await planned(sql, environment, [])).stdout)
})

test('plan duckdb', async () => {
  const environment = { BATCHQUERY_DATABASE: 'duckdb::memory:' }
  const sql = `SELECT i, i::varchar AS s FROM range(1000) AS r(i) INTO OUTFILE S3 's3://b/out/orders' FORMAT PARQUET PARTITION BY (s);
create table t as select 1 as a;
select * from t INTO OUTFILE S3 's3://b/out/t';
select 1 INTO OUTFILE S3 's3://b/out/t2' PARALLEL 4;
`
  const ended = await planned(sql, environment, [])
  console.log(ended.stderr, ended.stdout)
})

test('plan mariadb', async () => {
  const environment = await mariadb()
  const admin = await adminConnection({ database: databaseIn(environment) })
  await admin.query('CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2), note text)')
  await admin.query(`INSERT INTO orders SELECT seq, seq, repeat('x', 100) FROM seq_1_to_20000`)
  await admin.query('ANALYZE TABLE orders')
  await admin.end()
  const sql = `SELECT * FROM orders INTO OUTFILE S3 's3://b/out/orders' FORMAT PARQUET;
set @a = 1;
SELECT * FROM orders where id > @a INTO OUTFILE S3 's3://b/out/orders';
SELECT * FROM orders INTO OUTFILE S3 's3://b/out/orders' FORMAT JSON PARALLEL 4`
  const ended = await planned(sql, environment, [])
  console.log(ended.stderr, ended.stdout)
})
