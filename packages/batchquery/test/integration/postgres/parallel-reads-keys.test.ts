import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { readInParallel, request } from './parallel-reads.ts'

let database: string
let admin: Client

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
})

afterAll(async () => {
  await admin?.end()
})

/** Reads a table with a column `k` in ranges of it, and returns the number of rows of each range. */
async function rowsOfRanges(table: string, by: readonly string[] | null): Promise<readonly number[]> {
  const query = `SELECT t::text FROM ${table} t`
  const { ranges } = await readInParallel(database, request(query, { by, consistency: 'NONE' }))
  const expected = (await admin.query<{ t: string }>(query)).rows.map(({ t }) => t)
  expect(ranges.flat().sort()).toEqual(expected.sort())
  return ranges.map(range => range.length)
}

const KEYS: readonly (readonly [name: string, type: string, values: string])[] = [
  ['numbers with gaps of 10^12', 'bigint', 'SELECT i * 1000000000000 FROM generate_series(1, 3000) i'],
  ['negative numbers', 'int', 'SELECT -i * 7 FROM generate_series(-1500, 1500) i'],
  [
    'the ends of bigint',
    'bigint',
    'SELECT -9223372036854775808 + i * 6000000000000000::numeric FROM generate_series(0, 3000) i',
  ],
  ['UUIDs', 'uuid', 'SELECT md5(i::text)::uuid FROM generate_series(1, 3000) i'],
  ['bytes', 'bytea', "SELECT decode(md5(i::text), 'hex') FROM generate_series(1, 3000) i"],
  [
    'numerics with NaN and infinity',
    'numeric',
    "SELECT i / 7.0 FROM generate_series(-1500, 1500) i UNION ALL VALUES ('NaN'::numeric), ('Infinity'), ('-Infinity')",
  ],
  [
    'floats with NaN and infinity',
    'double precision',
    "SELECT i / 7.0::float8 FROM generate_series(-1500, 1500) i UNION ALL VALUES ('NaN'::float8), ('Infinity'), ('-Infinity')",
  ],
  [
    'dates with infinity',
    'date',
    "SELECT date '2026-01-01' + i FROM generate_series(-1500, 1500) i UNION ALL VALUES ('infinity'::date), ('-infinity'), ('0044-03-15 BC')",
  ],
  [
    'times with zones',
    'timestamptz',
    "SELECT timestamptz '2026-01-01 00:00:00.123456+05:30' + i * interval '37 minutes' FROM generate_series(-1500, 1500) i",
  ],
  [
    'intervals',
    'interval',
    "SELECT i * interval '1 day -3 hours 5.000001 seconds' FROM generate_series(-1500, 1500) i",
  ],
  [
    'texts with quotes and backslashes',
    'text',
    `SELECT chr(39) || '\\' || md5(i::text) || E'\\n é 漢 😀' FROM generate_series(1, 3000) i`,
  ],
  [
    'texts in a natural order',
    'text COLLATE "und-x-icu"',
    "SELECT CASE i % 3 WHEN 0 THEN 'É' WHEN 1 THEN 'e' ELSE 'E' END || md5(i::text) FROM generate_series(1, 3000) i",
  ],
  ['padded texts', 'char(40)', 'SELECT md5(i::text) FROM generate_series(1, 3000) i'],
  ['names', 'name', 'SELECT md5(i::text) FROM generate_series(1, 3000) i'],
  ['addresses', 'inet', "SELECT inet '10.0.0.0' + i * 97 FROM generate_series(1, 3000) i"],
  ['arrays', 'int[]', 'SELECT ARRAY[i % 50, i] FROM generate_series(1, 3000) i'],
  ['enums', 'mood', 'SELECT v FROM unnest(enum_range(NULL::mood)) v'],
  ['domains', 'short', 'SELECT left(md5(i::text), 9) FROM generate_series(1, 3000) i'],
  ['booleans', 'boolean', 'VALUES (true), (false)'],
  ['ten rows', 'int', 'SELECT i * i FROM generate_series(1, 10) i'],
  ['one row', 'text', "VALUES ('one')"],
  ['no rows', 'int', 'SELECT 1 WHERE false'],
]

beforeAll(async () => {
  await admin.query(
    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy'); CREATE DOMAIN short AS varchar(9) CHECK (length(VALUE) < 10)",
  )
})

describe.each(KEYS)('a table with a key of %s', (_, type, values) => {
  test.each(['with', 'without'])('is read once, %s statistics', async statistics => {
    await admin.query('DROP TABLE IF EXISTS keys')
    await admin.query(`CREATE TABLE keys (k ${type} PRIMARY KEY, note text)`)
    await admin.query(
      `INSERT INTO keys SELECT k, 'x' FROM (${values}) v (k) ${statistics === 'with' ? '' : 'LIMIT 150'}`,
    )
    if (statistics === 'with') await admin.query('ANALYZE keys')
    const rows = await rowsOfRanges('keys', null)
    const total = rows.reduce((sum, of) => sum + of, 0)
    expect(rows.length).toBeGreaterThanOrEqual(Math.min(8, Math.max(1, total - 1)))
    expect(Math.max(...rows)).toBeLessThanOrEqual(Math.max(2, Math.ceil(total / 4)))
  })
})

const SKEWED: readonly (readonly [name: string, columns: string, values: string, key: string])[] = [
  [
    '9 of 10 rows with one shop',
    'a int, b int',
    'SELECT CASE WHEN i % 10 = 0 THEN i ELSE 5 END, i FROM generate_series(1, 20000) i',
    'a, b',
  ],
  ['three shops', 'a int, b text', 'SELECT i % 3, md5(i::text) FROM generate_series(1, 20000) i', 'a, b'],
  ['one shop', 'a int, b uuid', 'SELECT 1, md5(i::text)::uuid FROM generate_series(1, 20000) i', 'a, b'],
  [
    'shops that have numbers of their own',
    'a int, b int',
    'SELECT i / 5000, i FROM generate_series(1, 20000) i',
    'a, b',
  ],
  [
    'three columns',
    'a int, b int, c int',
    'SELECT i % 2, i % 100, i FROM generate_series(1, 20000) i',
    'a, b, c',
  ],
  [
    'a column in descending order',
    'a int, b int',
    'SELECT i % 5, i FROM generate_series(1, 20000) i',
    'a, b DESC',
  ],
]

test.each(SKEWED)('%s are divided by a key of several columns', async (_, columns, values, key) => {
  await admin.query('DROP TABLE IF EXISTS skewed')
  await admin.query(`CREATE TABLE skewed (${columns})`)
  await admin.query(`INSERT INTO skewed ${values}`)
  await admin.query(`CREATE UNIQUE INDEX ON skewed (${key})`)
  for (const column of columns.split(', ').map(text => text.split(' ')[0]))
    await admin.query(`ALTER TABLE skewed ALTER ${column} SET NOT NULL`)
  await admin.query('ANALYZE skewed')
  const rows = await rowsOfRanges('skewed', null)
  expect(rows.length).toBeGreaterThanOrEqual(8)
  expect(Math.max(...rows)).toBeLessThan(6_000)
})

test('NULL in a column of BY is a range of its own', async () => {
  await admin.query('CREATE TABLE gaps (k int, l int)')
  await admin.query(
    'INSERT INTO gaps SELECT nullif(i % 50, 0), nullif(i % 7, 0) FROM generate_series(1, 5000) i; ANALYZE gaps',
  )
  const rows = await rowsOfRanges('gaps', ['k'])
  expect(rows.at(-1)).toBe(100)
  const both = await rowsOfRanges('gaps', ['k', 'l'])
  expect(both.at(-1)).toBe(5000 - [...Array(5000).keys()].filter(at => (at + 1) % 50 && (at + 1) % 7).length)
})

test('a key of a type whose statistics have no order is refused, if the table is not small', async () => {
  await admin.query('CREATE TABLE spans (k int4range PRIMARY KEY)')
  await admin.query(
    'INSERT INTO spans SELECT int4range(i, i + 5) FROM generate_series(1, 200) i; ANALYZE spans',
  )
  expect((await rowsOfRanges('spans', null)).length).toBe(8)
  await admin.query('INSERT INTO spans VALUES (int4range(7, 8))')
  await expect(rowsOfRanges('spans', null)).rejects.toThrow(/no statistics of public.spans \(k\) that divide/)
})

test('a column that has only NULL is one range', async () => {
  await admin.query(
    'CREATE TABLE empty_column (k int); INSERT INTO empty_column SELECT NULL FROM generate_series(1, 500); ANALYZE empty_column',
  )
  expect(await rowsOfRanges('empty_column', ['k'])).toEqual([500])
})

test('quoted names and reserved words are quoted', async () => {
  await admin.query(`CREATE TABLE "Odd ""T" ("order" int, "A b" int, PRIMARY KEY ("order", "A b"))`)
  await admin.query(`INSERT INTO "Odd ""T" SELECT i % 10, i FROM generate_series(1, 1000) i; ANALYZE`)
  expect((await rowsOfRanges('public."Odd ""T"', null)).length).toBeGreaterThanOrEqual(8)
  const { ranges } = await readInParallel(
    database,
    request('SELECT "A b" AS "x y" FROM "Odd ""T" UNION ALL SELECT 5', { by: ['x y'] }),
  ).catch(error => ({ ranges: String(error) }))
  expect(ranges).toMatch(/BY \(x y\) is an expression/)
})

test.each([
  ['a join', 'SELECT o.id, l.n FROM orders o LEFT JOIN lines l ON l.id = o.id', ['n']],
  ['a group', 'SELECT shop, count(*) AS c FROM orders GROUP BY shop', ['shop']],
  ['DISTINCT', 'SELECT DISTINCT shop, id % 2 AS odd FROM orders', ['shop']],
  [
    'a common table expression',
    'WITH o AS (SELECT * FROM orders WHERE shop > 2) SELECT id, shop FROM o',
    ['id'],
  ],
  ['a view', 'SELECT id, shop FROM seen', ['id']],
  ['a view of a view', 'SELECT * FROM seen_again', ['shop', 'id']],
  [
    'a window within its partition',
    'SELECT *, row_number() OVER (PARTITION BY shop ORDER BY id) AS rn FROM orders',
    ['shop'],
  ],
  ['two columns with one name', 'SELECT o.id, l.id, shop FROM orders o JOIN lines l USING (id)', ['shop']],
  ['a column of a joined table', 'SELECT o.id, l.n FROM orders o JOIN lines l ON l.id = o.id', ['id', 'n']],
  ['a comment at its end', 'SELECT id FROM orders -- all', ['id']],
  ['a semicolon', 'SELECT o.id FROM orders o, (SELECT 1) one;', ['id']],
])('a query with %s is read once', async (_, query, by) => {
  await admin.query(`
    CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, shop int);
    CREATE TABLE IF NOT EXISTS lines (id int PRIMARY KEY, n int);
    CREATE OR REPLACE VIEW seen AS SELECT o.id, o.shop FROM orders o WHERE o.shop < 90;
    CREATE OR REPLACE VIEW seen_again AS SELECT shop, id FROM seen`)
  await admin.query(`
    TRUNCATE orders, lines;
    INSERT INTO orders SELECT i, i % 100 FROM generate_series(1, 4000) i;
    INSERT INTO lines SELECT i, i / 3 FROM generate_series(1, 3000) i; ANALYZE`)
  const { ranges } = await readInParallel(database, request(query, { by }))
  expect(ranges.length).toBeGreaterThanOrEqual(8)
  const { rows } = await admin.query<(number | string | null)[]>({ text: query, rowMode: 'array' })
  const expected = rows.map(row => row.map(value => value ?? '\\N').join('|'))
  expect(ranges.flat().sort()).toEqual(expected.sort())
})

test('a partitioned table without an index is divided by the columns of its partitions', async () => {
  await admin.query('CREATE TABLE days (day date, note text) PARTITION BY RANGE (day)')
  for (const month of [1, 2, 3, 4])
    await admin.query(
      `CREATE TABLE days_${month} PARTITION OF days FOR VALUES FROM ('2026-0${month}-01') TO ('2026-0${month + 1}-01')`,
    )
  await admin.query(`
    INSERT INTO days SELECT date '2026-01-01' + i % 120, repeat('x', 1500) FROM generate_series(1, 26000) i;
    ANALYZE days`)
  const query = 'SELECT day, length(note) AS n FROM days'
  const { ranges } = await readInParallel(database, request(query, { by: ['day'] }))
  expect(ranges.length).toBeGreaterThanOrEqual(8)
  expect(ranges.flat()).toHaveLength(26_000)
})
