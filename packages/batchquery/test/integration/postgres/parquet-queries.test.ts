import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { compare, exportParquet, psql } from './parquet.ts'
import { openDatabase, running, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(
    "CREATE TABLE t (a int, b int4range); INSERT INTO t VALUES (3, '[3,4)'), (1, NULL), (2, '[2,4)')",
  )
  session = await openDatabase(serverUrl(database)).connect('batchquery parquet')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** The rows of an export as DuckDB reads them, in order, as text. */
async function rowsOf(sql: string): Promise<readonly (readonly string[])[]> {
  const { files } = await exportParquet(session, sql)
  using duckdb = await DuckdbWitness.open(files[0])
  const rows = await duckdb.query('SELECT * FROM FILE')
  return rows.map(row => row.map(String))
}

const IN_ORDER = [
  ['1', 'null'],
  ['2', '[2,4)'],
  ['3', '[3,4)'],
]

// The column b needs a cast.
test.each([
  ['a comment at its end', 'SELECT a, b FROM t ORDER BY a -- in order'],
  ['a semicolon', 'SELECT a, b FROM t ORDER BY a ; '],
  ['a semicolon in a comment at its end', 'SELECT a, b FROM t ORDER BY a -- ;'],
  ['parentheses around it', '((SELECT a, b FROM t ORDER BY a))'],
  ['LIMIT and OFFSET', 'SELECT a, b FROM t ORDER BY a LIMIT 10 OFFSET 0'],
  ['an order by a column that it does not select', 'SELECT a, b FROM t ORDER BY -a DESC, length(b::text)'],
  ['FOR UPDATE', 'SELECT a, b FROM t ORDER BY a FOR UPDATE'],
  ['TABLE', 'TABLE t ORDER BY a'],
  ['VALUES', `VALUES (1, NULL::int4range), (2, '[2,4)'), (3, '[3,4)')`],
  ['UNION', 'SELECT a, b FROM t WHERE a < 2 UNION ALL SELECT a, b FROM t WHERE a > 1 ORDER BY a'],
  ['WITH', "WITH delete AS (SELECT * FROM t WHERE 'insert' <> $$;)$$) SELECT * FROM delete ORDER BY a"],
  ['no name for a column', 'SELECT a, b - NULL::int4range FROM t WHERE a = 0 UNION ALL TABLE t ORDER BY 1'],
])('a query whose column is cast may have %s', async (_name, sql) => {
  const rows = await rowsOf(sql)
  expect(sql.includes(' - ') ? rows.length : rows).toEqual(sql.includes(' - ') ? 3 : IN_ORDER)
})

test.each([
  ['', 'SELECT a, b FROM x'],
  ['in parentheses', '(SELECT a, b FROM x)'],
  ['after a comment', "-- SELECT (\nSELECT a, b /* ')' */ FROM x;"],
  ['and VALUES', 'VALUES (4, int4range(4, 5)) -- x'],
])('a query whose column is cast may change rows in its WITH clause %s', async (_name, end) => {
  await admin.query('DROP TABLE IF EXISTS changed; CREATE TABLE changed (a int, b int4range)')
  const sql = `WITH RECURSIVE values (a) AS (SELECT 4), x AS MATERIALIZED (INSERT INTO changed SELECT a, int4range(a, a + 1) FROM values RETURNING *) ${end}`
  expect(await rowsOf(sql)).toEqual([['4', '[4,5)']])
  expect((await admin.query('SELECT a FROM changed')).rows).toEqual([{ a: 4 }])
})

test('the errors of a query name the line and column of the task', async () => {
  for (const [sql, message] of [
    ['SELECT int4range(1, 2) x,\n  nope\nFROM t', /42703\) at line 2, column 3$/],
    ['WITH x AS (DELETE FROM t RETURNING *)\nSELECT b, FROM x', /42601\) at line 2, column 11$/],
    ['SELECT 7 / (3 - g) AS q, int4range(g, g) FROM generate_series(1, 5) g', /\(22012\)$/],
  ] as const)
    await expect(exportParquet(session, sql)).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(message),
    })
})

test('a result without columns, or with two columns of one name, is refused before the query runs', async () => {
  await admin.query('CREATE SEQUENCE s')
  for (const [sql, message] of [
    ["SELECT FROM nextval('s')", 'the result has none'],
    ["SELECT nextval('s') AS n, 2 AS n", 'two columns of the result are named "n"'],
    ["SELECT nextval('s'), ARRAY[1] AS nextval", 'two columns of the result are named "nextval"'],
  ])
    await expect(exportParquet(session, sql)).rejects.toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringContaining(message),
    })
  expect((await admin.query('SELECT is_called FROM s')).rows).toEqual([{ is_called: false }])
  expect(await rowsOf('SELECT 1 AS n')).toEqual([['1']])
})

test.each([
  ['infinity', 'date', '"infinity" cannot be a date'],
  ['-infinity', 'date', '"-infinity" cannot be a date'],
  ['infinity', 'timestamp', '"infinity" cannot be a timestamp'],
  ['-infinity', 'timestamptz', '"-infinity" cannot be a timestamp'],
  ['294276-12-31', 'timestamp', 'out of its range'],
  ['NaN', 'numeric(20,2)', '"NaN" is not a decimal number'],
  ['NaN', 'numeric(5,2)', '"NaN" is not a decimal number'],
])(
  'the export of %s in a %s fails, and names column, row, value, and a cast that helps',
  async (value, type, why) => {
    const own = await openDatabase(serverUrl(database)).connect('batchquery parquet-loud')
    const query = (end: string) =>
      `SELECT (CASE g WHEN 2000 THEN '${value}' END)::${type}${end} AS "ä b" FROM generate_series(1, 3000) g`
    const failed = exportParquet(own, query('')).then(({ rowsRead }) => rowsRead)
    await expect(failed).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: expect.stringMatching(`^column "ä b", row 2000: the value .*${why}`),
      hint: expect.stringContaining('x::text in PostgreSQL'),
    })
    expect(await running(admin, 'batchquery parquet-loud')).toEqual([])
    await own.close()
    expect((await rowsOf(query('::text'))).filter(([text]) => text !== 'null')).toHaveLength(1)
  },
)

test('a query whose value is refused does not go on in the server', async () => {
  const mark = 'batchquery parquet-refused'
  const own = await openDatabase(serverUrl(database)).connect(mark)
  const sql = `SELECT 'infinity'::date AS d, repeat('x', 2000000) AS x, pg_sleep(CASE g WHEN 1 THEN 0 ELSE 1000 END) AS s
    FROM generate_series(1, 2) g`
  const failed = exportParquet(own, sql).then(({ rowsRead }) => rowsRead)
  await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('column "d", row 1') })
  expect(await running(admin, mark)).toEqual([])
  await own.close()
})

test('a result may have 1,600 columns', async () => {
  const columns = Array.from({ length: 1600 }, (_, at) => {
    const value = ['g', 'NULL::text', `'text ' || g % ${at + 1}`, `ARRAY[g, ${at}]`, 'g / 7.0'][at % 5]
    return `${value} AS c${at}`
  })
  await compare(session, database, `SELECT ${columns.join(', ')} FROM generate_series(1, 80) g`)
})

test('values of up to 64 MB pass unchanged, also between NULLs and other long values', async () => {
  const long = (length: number) => `repeat('0123456789abcdé', ${length / 16})`
  const sql = `VALUES (1, ${long(16)}, NULL, NULL::int[]),
    (2, ${long(64_000_000)}, decode(repeat('00ff', 2000000), 'hex'), ARRAY[1]), (3, '', ''::bytea, NULL),
    (4, ${long(1_048_576)}, decode(repeat('0a', 1048577), 'hex'), array_fill(7, ARRAY[600000])), (5, NULL, '\\x00', NULL)`
  const { files, rowsRead } = await exportParquet(session, `SELECT * FROM (${sql}) v (a, b, c, d)`)
  expect(rowsRead).toBe(5)
  using duckdb = await DuckdbWitness.open(files[0])
  const read = await duckdb.query(
    "SELECT a, md5(b), strlen(b), md5(c), octet_length(c), md5('{' || array_to_string(d::VARCHAR[], ',') || '}') FROM FILE",
  )
  const expected = await psql(
    database,
    6,
    `SELECT a, md5(b), octet_length(b), md5(c), octet_length(c), md5(d::text) FROM (${sql}) v (a, b, c, d)`,
  )
  const text = (value: unknown) => (value === null ? null : String(value))
  expect(read.map(row => row.map(text))).toEqual(expected)
})

test('a slow taker stops the server, and every row arrives', async () => {
  let blocks = 0
  const { files, rowsRead, rowsEnded } = await exportParquet(
    session,
    'SELECT g AS a, md5(g::text) AS b, ARRAY[g] AS c FROM generate_series(1, 200000) g',
    {
      pool: new BlockPool(8 * 1024, 2),
      maxPartBytes: 1_500_000,
      taken: async () => {
        if (blocks++ % 100 === 0) await sleep(20)
      },
    },
  )
  expect([rowsRead, rowsEnded]).toEqual([200_000, 200_000])
  expect(files.length).toBeGreaterThan(1)
  let rows = 0
  for (const file of files) {
    using duckdb = await DuckdbWitness.open(file)
    const sql = `SELECT count(*), bool_and(b = md5(a::VARCHAR) AND c = [a]) FROM FILE`
    const [[count, isRight]] = await duckdb.query(sql)
    expect(isRight).toBe(true)
    rows += Number(count)
  }
  expect(rows).toBe(200_000)
})

test('cancel at any moment leaves nothing behind', async () => {
  const slow = "SELECT g, repeat('x', 1000) AS x, pg_sleep(0.01) FROM generate_series(1, 100000) g"
  for (const milliseconds of [0, 2, 5, 10, 300]) {
    const mark = `batchquery parquet-cancel-${milliseconds}`
    const other = await openDatabase(serverUrl(database)).connect(mark)
    const rejected = expect(exportParquet(other, slow)).rejects.toMatchObject({ code: 'CANCELLED' })
    await sleep(milliseconds)
    await other.cancel()
    await rejected
    expect(await running(admin, mark)).toEqual([])
    await other.close()
  }
})
