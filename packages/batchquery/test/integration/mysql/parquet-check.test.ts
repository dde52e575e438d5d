import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminConnection, freshDatabase, statementsWith } from '../../setup/mariadb-client.ts'
import { clientRows, exportParquet } from './parquet-result.ts'
import { openDatabase, serverUrl } from './session.ts'

/* What a session does before and after an export with typed columns: it checks the columns before it runs the query. */

let database: string
let admin: Connection
let session: Session

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  session = await openDatabase(serverUrl(database)).connect('batchquery check-test')
  await session.execute('CREATE TABLE t (id INT, price FLOAT, cost DOUBLE)', 0)
  await session.execute('INSERT INTO t VALUES (1, 16777216, 16777216)', 0)
  await session.execute('CREATE FUNCTION ran() RETURNS INT NO SQL RETURN (@ran := @ran + 1)', 0)
  await session.execute('SET @ran = 0', 0)
})

afterAll(async () => {
  await session.close()
  await admin.end()
})

const firstValue = async (sql: string): Promise<string | null> =>
  (await session.execute(sql, 1)).results[0].rows[0][0]

test.each([
  ['two columns have one name', 'SELECT 1 AS a, ran() AS a', 'UNSUPPORTED_CLAUSE', '"a"'],
  ['a column is FLOAT', 'SELECT price, ran() AS r FROM t', 'QUERY_FAILED', 'column "price" is FLOAT'],
])('a session refuses a query before it runs when %s, and goes on', async (_name, sql, code, text) => {
  await expect(exportParquet(session, sql)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(text),
    hint: expect.stringContaining('AS '),
  })
  expect(await firstValue('SELECT @ran')).toBe('0')
  const { rowsRead } = await exportParquet(session, 'SELECT CAST(price AS DOUBLE) AS price, cost FROM t')
  expect(rowsRead).toBe(1)
})

test('a session runs a query once, and evaluates nothing when it checks the columns', async () => {
  await session.execute('SET @ran = 0', 0)
  const { rowsRead } = await exportParquet(session, 'SELECT ran() AS a, id FROM t WHERE id < ran() + 5')
  expect(rowsRead).toBe(1)
  const once = Number(await firstValue('SELECT @ran'))
  await session.execute('SET @ran = 0', 0)
  await session.execute('SELECT ran() AS a, id FROM t WHERE id < ran() + 5', 0)
  expect(once).toBe(Number(await firstValue('SELECT @ran')))
})

test('a session runs a statement that the server cannot prepare, and refuses its columns when it has named them', async () => {
  const other = await openDatabase(serverUrl(database)).connect('batchquery unprepared')
  await other.execute("PREPARE p FROM 'SELECT 7 AS x, NULL AS y'", 0)
  expect(await exportParquet(other, 'EXECUTE p')).toMatchObject({ rowsRead: 1 })
  await other.execute("PREPARE p FROM 'SELECT 7 AS x, 8 AS x'", 0)
  await expect(exportParquet(other, 'EXECUTE p')).rejects.toMatchObject({ code: 'UNSUPPORTED_CLAUSE' })
  await other.close()
})

test('a session reports the error of the query when the server refuses to prepare it', async () => {
  for (const sql of ['SELECT * FROM no_such_table', 'SELECT FROM', 'SELECT ? AS a'])
    await expect(exportParquet(session, sql)).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  expect(await exportParquet(session, 'SELECT 1 AS a')).toMatchObject({ rowsRead: 1 })
})

test('a session leaves no prepared statement on the server', async () => {
  const open = async () => (await clientRows("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'", database))[0][1]
  const before = await open()
  await exportParquet(session, 'SELECT id FROM t')
  await expect(exportParquet(session, 'SELECT price FROM t')).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  expect(await open()).toBe(before)
})

test('cancel ends the check of the columns', async () => {
  const mark = 'batchquery cancelled-check'
  const other = await openDatabase(serverUrl(database)).connect(mark)
  await admin.query('LOCK TABLES t WRITE')
  try {
    const exported = expect(exportParquet(other, 'SELECT id FROM t')).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await expect.poll(() => statementsWith(`/* ${mark} */`)).not.toEqual([])
    await other.cancel()
    expect(await statementsWith(mark)).toEqual([])
    await exported
  } finally {
    await admin.query('UNLOCK TABLES')
    await other.close()
  }
})

/** The variables that differ between any two moments. */
const OF_THE_MOMENT = /^(timestamp|rand_seed\d|error_count|warning_count|last_gtid|gtid_.*|statement_id)$/

test('a session has the same variables after an export as before', async () => {
  const variables = async (): Promise<readonly (readonly (string | null)[])[]> => {
    const { results } = await session.execute('SHOW SESSION VARIABLES', 10_000)
    return results[0].rows.filter(([name]) => !OF_THE_MOMENT.test(name ?? ''))
  }
  const settings = ["SET time_zone = '+03:00'", "SET sql_mode = 'ANSI_QUOTES'", 'SET NAMES latin1']
  for (const setting of settings) await session.execute(setting, 0)
  const before = await variables()
  await exportParquet(session, 'SELECT id, NOW() AS t FROM t')
  await expect(exportParquet(session, 'SELECT price FROM t')).rejects.toMatchObject({ code: 'QUERY_FAILED' })
  const changed = (await variables()).filter(
    ([name, value], at) => name !== before[at][0] || value !== before[at][1],
  )
  // Every export sets it. It decides only how the server sends results.
  expect(changed.map(([name]) => name)).toEqual(['character_set_results'])
  expect(before.length).toBeGreaterThan(300)
})
