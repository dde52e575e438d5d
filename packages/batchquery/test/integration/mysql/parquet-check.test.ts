import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ServerWarning, Session } from '../../../src/database/database.ts'
import { adminConnection, freshDatabase, statementsWith } from '../../setup/mariadb-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { clientRows, exportParquet, nameOf, typeOf } from './parquet-result.ts'
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
  ['of text', 'SELECT 1 AS a, ran() AS a'],
  ['with a FLOAT', 'SELECT price AS a, ran() AS a FROM t'],
])(
  'a session refuses a query %s before it runs when two columns have one name, and goes on',
  async (_name, sql) => {
    await expect(exportParquet(session, sql)).rejects.toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringContaining('"a"'),
      hint: expect.stringContaining('AS '),
    })
    expect(await firstValue('SELECT @ran')).toBe('0')
    const { rowsRead } = await exportParquet(session, 'SELECT CAST(price AS DOUBLE) AS price, cost FROM t')
    expect(rowsRead).toBe(1)
  },
)

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

test.each([
  ['an export as text', "SELECT id, REPEAT('x', 10) AS a FROM t", null],
  ['an export of a FLOAT', 'SELECT price FROM t', null],
  ['a refused column', 'SELECT price, id AS price FROM t', 'UNSUPPORTED_CLAUSE'],
  ['an error of the server', 'SELECT price, (SELECT 1 UNION SELECT 2) AS a FROM t', 'QUERY_FAILED'],
  ['a refused value', "SELECT price, CAST(X'FF' AS CHAR CHARACTER SET utf8mb4) AS a FROM t", null],
  ['a time zone that the query sets', 'SELECT price, FROM_UNIXTIME(0) /* SET_VAR(time_zone */ FROM t', null],
])('a session leaves no prepared statement on the server after %s', async (_name, sql, code) => {
  // Other tests prepare statements at the same time, so it counts those of a server that knows the session.
  const own = await openDatabase(serverUrl(database)).connect('batchquery prepared')
  const status = async (name: string): Promise<number> =>
    Number((await own.execute(`SHOW SESSION STATUS LIKE '${name}'`, 1)).results[0].rows[0][1])
  const exported = exportParquet(own, sql)
  if (code === null) await exported
  else await expect(exported).rejects.toMatchObject({ code })
  expect(await status('Com_stmt_prepare')).toBe(1)
  expect(await status('Com_stmt_close')).toBe(1)
  await own.close()
})

test('a session reads a FLOAT exactly', async () => {
  const values = ['16777216', '3.4028234663852886e38', '-1.17549435e-38', '1e-45', '-0e0', '0.1', '123456789']
  await session.execute('CREATE TABLE floats (id INT AUTO_INCREMENT PRIMARY KEY, f FLOAT, g FLOAT(10,3))', 0)
  const rows = values.map((value, at) => `(${value}, ${at * 1.2345})`)
  await session.execute(`INSERT INTO floats (f, g) VALUES ${rows.join(', ')}, (NULL, NULL)`, 0)
  const { file, columns } = await exportParquet(session, 'SELECT f, g FROM floats ORDER BY id')
  expect(columns.map(column => typeOf(column).kind)).toEqual(['float', 'float'])
  using duckdb = await DuckdbWitness.open(file)
  const printed = await clientRows(
    'SELECT CAST(f AS DOUBLE), CAST(g AS DOUBLE) * 1e0 FROM floats ORDER BY id',
    database,
  )
  const expected = printed.map(row => row.map(value => (value === 'NULL' ? null : Number(value))))
  expect(await duckdb.query('SELECT f::DOUBLE, g::DOUBLE FROM FILE')).toEqual(expected)
  expect(expected[0][0]).toBe(16777216)
})

test('a session reads all digits of a DOUBLE that the server prints with a fixed count of them', async () => {
  await session.execute('CREATE TABLE decimals (d DECIMAL(10,4))', 0)
  await session.execute('INSERT INTO decimals VALUES (123456.7891), (-999999.9999)', 0)
  const { file } = await exportParquet(session, 'SELECT STD(d) AS s FROM decimals')
  const [[printed]] = await clientRows('SELECT STD(d) * 1e0 FROM decimals', database)
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT s FROM FILE')).toEqual([[Number(printed)]])
})

test.each([
  [
    'asks about the previous statement',
    'SELECT price, FOUND_ROWS() AS n FROM t',
    [],
    'asks about the previous statement',
  ],
  ['cannot be prepared', 'EXECUTE p', ["PREPARE p FROM 'SELECT price FROM t'"], 'cannot prepare this query'],
  ['is recorded by the session', 'SELECT price FROM t', ['SET profiling = 1'], 'records its statements'],
] as const)('a session refuses a FLOAT and says why when the query %s', async (_name, sql, before, why) => {
  const other = await openDatabase(serverUrl(database)).connect('batchquery refused-float')
  for (const statement of before) await other.execute(statement, 0)
  await expect(exportParquet(other, sql)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: 'column "price" is FLOAT, and the text of a FLOAT loses digits',
    hint: expect.stringMatching(new RegExp(`CAST\\(x AS DOUBLE\\).*prepared statement.*${why}`)),
  })
  await other.close()
})

test('a run has the warnings of a query with a FLOAT, also those about its text', async () => {
  const sql = "SELECT price, CAST('abc' AS SIGNED) AS a, @v := 1 AS v, 1 / 0 AS z FROM t"
  const own = await openDatabase(serverUrl(database)).connect('batchquery warnings')
  await own.execute("SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'", 0)
  const { warnings: expected } = await own.execute(sql, 0)
  const { warnings } = await exportParquet(own, sql)
  const byMessage = (all: readonly ServerWarning[]) => all.map(({ message }) => message).sort()
  expect(byMessage(warnings)).toEqual(byMessage(expected))
  expect(expected.length).toBeGreaterThanOrEqual(2)
  await own.close()
})

test.each([
  ['as text', "REPEAT('x', 3) AS a"],
  ['with a FLOAT', 'price AS a'],
])(
  'the next statement finds the same after an export %s as after the query itself',
  async (_name, column) => {
    const own = await openDatabase(serverUrl(database)).connect('batchquery state')
    await own.execute("SET sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'", 0)
    const state = 'SELECT ROW_COUNT(), FOUND_ROWS(), LAST_INSERT_ID(), @@warning_count, @n'
    const found: unknown[] = []
    const queries = [
      `SELECT SQL_CALC_FOUND_ROWS ${column}, LAST_INSERT_ID(7) AS l FROM t, (SELECT 1 UNION SELECT 2) two LIMIT 1`,
      `SELECT ${column}, 1 / 0 AS z, @n := @n + 1 AS n FROM t`,
      `SELECT ${column} FROM t WHERE id < 0`,
    ]
    for (const run of [(sql: string) => own.execute(sql, 0), (sql: string) => exportParquet(own, sql)])
      for (const sql of queries) {
        await own.execute('SET @n = 1', 0)
        await run(sql)
        found.push((await own.execute(state, 1)).results[0].rows)
      }
    expect(found.slice(queries.length)).toEqual(found.slice(0, queries.length))
    await own.close()
  },
)

test('another process finds and ends a session that executes a prepared query', async () => {
  const database2 = openDatabase(serverUrl(database))
  const mark = 'batchquery executing'
  const own = await database2.connect(mark)
  const exported = expect(exportParquet(own, 'SELECT price, SLEEP(100) AS s FROM t')).rejects.toMatchObject({
    code: 'QUERY_FAILED',
  })
  await expect.poll(() => statementsWith(`/* ${mark} */`)).not.toEqual([])
  const ask = await database2.connect('batchquery asking')
  const list = await ask.execute('SHOW FULL PROCESSLIST', 1000)
  expect(list.results[0].rows.find(([id]) => id === own.id)?.[4]).toBe('Execute')
  await ask.close()
  await database2.endSessions([own.id], mark)
  await exported
  expect(await statementsWith(mark)).toEqual([])
  await own.close()
})

test('an export has the columns that a table has when the query runs', async () => {
  await session.execute('CREATE TABLE changing (price FLOAT)', 0)
  await session.execute('INSERT INTO changing VALUES (1.5)', 0)
  const mark = 'batchquery changing'
  const own = await openDatabase(serverUrl(database)).connect(mark)
  const connection = await adminConnection({ database })
  // The session waits for the metadata lock when it executes, not when it prepares.
  await own.execute("SET time_zone = 'SYSTEM'", 0)
  const before = await exportParquet(own, 'SELECT * FROM changing')
  await connection.query('ALTER TABLE changing ADD COLUMN more DATE')
  const after = await exportParquet(own, 'SELECT * FROM changing')
  expect([before, after].map(({ columns }) => columns.map(nameOf))).toEqual([['price'], ['price', 'more']])
  await connection.end()
  await own.close()
})

test.each([
  ['a view', 'SELECT * FROM v'],
  ['a temporary table', 'SELECT * FROM tmp'],
  ['a union', 'SELECT price FROM t UNION ALL SELECT price FROM t'],
  ['a question mark in a string and in comments', "SELECT price, '?' AS q /* ? */ FROM t -- ?\n"],
  ['a hint', 'SELECT /*+ MAX_EXECUTION_TIME(100000) */ price FROM t'],
  ['a common table expression', 'WITH c AS (SELECT price FROM t) SELECT * FROM c'],
])('a session reads a FLOAT of %s', async (_name, sql) => {
  const own = await openDatabase(serverUrl(database)).connect('batchquery floats')
  await own.execute('CREATE OR REPLACE VIEW v AS SELECT price FROM t', 0)
  await own.execute('CREATE TEMPORARY TABLE tmp SELECT price FROM t', 0)
  const { file } = await exportParquet(own, sql)
  using duckdb = await DuckdbWitness.open(file)
  expect((await duckdb.query('SELECT price FROM FILE'))[0]).toEqual([16777216])
  await own.close()
})

test.each([
  ['cancelled', 'CANCELLED', (other: Session) => other.cancel()],
  ['killed', 'DATABASE_LOST', (other: Session) => admin.query(`KILL ${Number(other.id)}`)],
] as const)('a check of the columns that is %s ends at once', async (how, code, end) => {
  const mark = `batchquery ${how}-check`
  const other = await openDatabase(serverUrl(database)).connect(mark)
  await admin.query('LOCK TABLES t WRITE')
  try {
    const exported = expect(exportParquet(other, 'SELECT id FROM t')).rejects.toMatchObject({ code })
    await expect.poll(() => statementsWith(`/* ${mark} */`)).not.toEqual([])
    await end(other)
    await exported
    expect(await statementsWith(mark)).toEqual([])
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
  await exportParquet(session, 'SELECT price FROM t')
  await expect(exportParquet(session, 'SELECT price, id AS price FROM t')).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
  })
  const changed = (await variables()).filter(
    ([name, value], at) => name !== before[at][0] || value !== before[at][1],
  )
  // Every export sets it. It decides only how the server sends results.
  expect(changed.map(([name]) => name)).toEqual(['character_set_results'])
  expect(before.length).toBeGreaterThan(300)
})
