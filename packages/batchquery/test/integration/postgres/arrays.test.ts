import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { compare, exportParquet, psql } from './parquet.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session

/** How DuckDB names the type of the array's column, and elements that are extreme, or hard to write. */
const ELEMENTS: readonly (readonly [string, string, ...string[]])[] = [
  ['bool', 'BOOLEAN[]', 'true', 'false'],
  ['int2', 'SMALLINT[]', '-32768', '32767'],
  ['int4', 'INTEGER[]', '-2147483648', '2147483647'],
  ['int8', 'BIGINT[]', '-9223372036854775808', '9223372036854775807'],
  ['oid', 'BIGINT[]', '0', '4294967295'],
  ['numeric(9,2)', 'DECIMAL(9,2)[]', '-9999999.99', '0.01'],
  ['numeric(18,3)', 'DECIMAL(18,3)[]', '999999999999999.999', '-0.001'],
  ['numeric(38,10)', 'DECIMAL(38,10)[]', '-9999999999999999999999999999.9999999999', '1e-10'],
  ['numeric(39,2)', 'VARCHAR[]', '-9999999999999999999999999999999999999.99', "'NaN'"],
  ['numeric', 'VARCHAR[]', "'NaN'", '1e-200', '-120000.0010'],
  ['float4', 'FLOAT[]', '1e-45', '16777216', "'NaN'", "'-Infinity'"],
  ['float8', 'DOUBLE[]', '5e-324', '0.1', "'NaN'", "'-0'"],
  ['date', 'DATE[]', "'4713-01-01 BC'", "'5874897-12-31'"],
  ['timestamp', 'TIMESTAMP[]', "'294247-01-10 04:00:54.775806'", "'1999-12-31 23:59:59.999999'"],
  ['timestamptz', 'TIMESTAMP WITH TIME ZONE[]', "'2026-10-25 02:30:00.000001+01'"],
  ['text', 'VARCHAR[]', "''", "'NULL'", `E'{"a,b"} \\\\ \\t'`, "repeat('日本語', 300)"],
  ['varchar(5)', 'VARCHAR[]', "'abcde'", "'é'"],
  ['char(5)', 'VARCHAR[]', "'a'", "''"],
  ['name', 'VARCHAR[]', "'pg_catalog'"],
  ['"char"', 'VARCHAR[]', "'a'"],
  ['uuid', 'VARCHAR[]', "'123e4567-e89b-12d3-a456-426655440000'"],
  ['json', 'JSON[]', `'{"a\\tb":  "c"}'`, "'null'"],
  ['jsonb', 'JSON[]', `'{"a": [1, null, "é"]}'`],
  ['bytea', 'BLOB[]', "'\\x00ff5c'", "''"],
  ['time', 'VARCHAR[]', "'23:59:59.999999'", "'24:00'"],
  ['interval', 'VARCHAR[]', "'1 year -2 months 3 days 04:05:06.7'"],
  ['money', 'VARCHAR[]', '-12.34', '1000'],
  [
    'inet',
    'VARCHAR[]',
    "'10.0.0.9/8'",
    "'10.0.0.9'",
    "'::1'",
    "'abcd:abcd:abcd:abcd:abcd:abcd:255.255.255.255/127'",
  ],
  ['cidr', 'VARCHAR[]', "'10.0.0.0/8'", "'10.0.0.9'"],
  ['bit(5)', 'VARCHAR[]', "B'10101'"],
  ['int4range', 'VARCHAR[]', "'[1,5)'", "'empty'"],
  ['int4multirange', 'VARCHAR[]', "'{[1,2),[5,9)}'"],
  ['point', 'VARCHAR[]', 'point(1.5, -2)'],
  ['regclass', 'VARCHAR[]', "'pg_class'"],
  ['colour', 'VARCHAR[]', "E'dark\\tred'", "'blue;|'"],
  ['short_text', 'VARCHAR[]', "'of a domain'"],
  ['price', 'DECIMAL(10,2)[]', '12345678.90'],
  ['low_price', 'DECIMAL(10,2)[]', '0.01'],
  ['pair', 'VARCHAR[]', `ROW(E'a\\tb,"', 7)`, 'ROW(NULL, NULL)'],
  ['int_list', 'VARCHAR[]', "'{1,NULL}'"],
]
/** Types that become a string as a whole, and values. */
const STRINGS: readonly (readonly [string, ...string[]])[] = [
  ['xml[]', `ARRAY['<?xml version="1.0" encoding="UTF-8"?><a/>'::xml]`],
  ['shade[]', "ARRAY['dark', NULL, 'light']::shade[]"],
  ['pair', `ROW('a', 1)`],
  ['int4range', "'[1,5)'"],
  ['int4multirange', "'{[1,2),[5,9)}'"],
  ['int2vector', "'1 2 3'"],
  ['oidvector', "'4294967295 1'"],
  ['colour', "'blue;|'"],
]
const ROWS = 40

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`CREATE TYPE colour AS ENUM (E'dark\\tred', 'blue;|'); CREATE TYPE pair AS (a text, b int);
    CREATE TYPE shade AS ENUM ('dark', 'light');
    CREATE FUNCTION shade_in_words(shade) RETURNS text LANGUAGE SQL AS $$ SELECT 'in other words' $$;
    CREATE CAST (shade AS text) WITH FUNCTION shade_in_words(shade);
    CREATE DOMAIN short_text AS text; CREATE DOMAIN price AS numeric(10,2); CREATE DOMAIN low_price AS price CHECK (VALUE < 10);
    CREATE DOMAIN int_list AS int[];
    CREATE TABLE t (row int, ${ELEMENTS.map(([type], at) => `c${at} ${type}[]`).join(', ')});
    CREATE TABLE strings (${STRINGS.map(([type], at) => `c${at} ${type}`).join(', ')});
    INSERT INTO strings VALUES (${STRINGS.map(([, value]) => value).join(', ')}), (${STRINGS.map(() => 'NULL').join(', ')})`)
  for (let row = 0; row < ROWS; row++) {
    const values = ELEMENTS.map(([type, , ...own], at) => {
      const kind = (row + at) % 7
      if (kind === 0) return 'NULL'
      const elements = Array.from({ length: kind === 1 ? 0 : (row * 3 + at) % 9 }, (_, k) =>
        (row + k) % 4 === 3 ? 'NULL' : own[(row + at + k) % own.length],
      )
      return `ARRAY[${elements.join(', ')}]::${type}[]`
    })
    await admin.query(`INSERT INTO t VALUES (${[row, ...values].join(', ')})`)
  }
  session = await openDatabase(serverUrl(database)).connect('batchquery arrays')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** The error of an export, after which its session is lost. */
async function failure(sql: string): Promise<unknown> {
  const own = await openDatabase(serverUrl(database)).connect('batchquery arrays-loud')
  const error = await exportParquet(own, sql).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  await own.close()
  return error
}

const ALL = `SELECT ${ELEMENTS.map((_, at) => `c${at}`).join(', ')} FROM t ORDER BY row`

test('DuckDB reads an array of each type as a list of the type that is closest', async () => {
  const { files } = await exportParquet(session, ALL)
  using duckdb = await DuckdbWitness.open(files[0])
  const described = await duckdb.query('DESCRIBE SELECT * FROM FILE')
  expect(described.map(([name, type]) => `${String(name)} ${String(type)}`)).toEqual(
    ELEMENTS.map(([, type], at) => `c${at} ${type}`),
  )
})

test('both readers read the elements of the arrays, for every type', async () => {
  await compare(session, database, ALL)
})

test.each(ELEMENTS.map(([type], at) => [type, at] as const))(
  'both readers read arrays of %s in a result of their own',
  async (_, at) => {
    await compare(session, database, `SELECT c${at} AS c0 FROM t ORDER BY row`)
  },
)

test('composites, ranges, vectors, and arrays that no cast makes a list are strings', async () => {
  const sql = `SELECT ${STRINGS.map((_, at) => `c${at}`).join(', ')} FROM strings`
  await compare(session, database, sql)
  const { columns } = await exportParquet(session, sql)
  expect(columns.map(({ exact }) => exact?.type.kind)).toEqual(STRINGS.map(() => 'string'))
})

test("elements are as the session's settings print them, and the settings array_nulls and search_path change nothing", async () => {
  const own = await openDatabase(serverUrl(database)).connect('batchquery array settings')
  await compare(own, database, ALL, [
    "SET DateStyle = 'German'",
    "SET IntervalStyle = 'iso_8601'",
    "SET TimeZone = 'Asia/Kolkata'",
    'SET array_nulls = off',
    'SET search_path = pg_temp, public',
  ])
  await own.close()
})

test.each([
  ["'{{1,2},{3,NULL}}'::int[]", '[1:2][1:2]={...}', 'is an array of 2 dimensions', 'TYPES (tags AS JSON)'],
  ["ARRAY[[inet '::1']]", '[1:1][1:1]={...}', 'is an array of 2 dimensions', 'TYPES (tags AS JSON)'],
  ["'[0:1]={1,2}'::int[]", '[0:1]={...}', 'is an array that begins at the index 0', 'TYPES (tags AS STRING)'],
  [
    "'[2:2]={a}'::colour2[]",
    '[2:2]={...}',
    'is an array that begins at the index 2',
    'TYPES (tags AS STRING)',
  ],
])('the export of %s fails, and names column, row, and what helps', async (value, shown, why, hint) => {
  await admin.query("DROP TYPE IF EXISTS colour2; CREATE TYPE colour2 AS ENUM ('a')")
  const sql = `SELECT CASE g WHEN 2000 THEN ${value} END AS tags FROM generate_series(1, 3000) g`
  expect(await failure(sql)).toMatchObject({
    code: 'QUERY_FAILED',
    message: `column "tags", row 2000: the value ${JSON.stringify(shown)} ${why}, but a list ${why.includes('index') ? 'begins at 1' : 'has one'}`,
    hint: expect.stringContaining(hint),
  })
})

test('an element that its type cannot hold fails the export', async () => {
  const sql = "SELECT ARRAY[date '2024-01-01', 'infinity'] AS days FROM generate_series(1, 3)"
  expect(await failure(sql)).toMatchObject({
    message: expect.stringContaining('column "days", row 1: the value "infinity" cannot be a date'),
  })
})

test('100,000 rows with arrays of random lengths are read as unnest returns them', async () => {
  await admin.query(`SELECT setseed(0.5); CREATE TABLE long AS SELECT g AS id,
    CASE WHEN g % 11 = 0 THEN NULL ELSE ARRAY(SELECT CASE WHEN random() < 0.1 THEN NULL ELSE (random() * 1e6)::int END
      FROM generate_series(1, (random() * random() * CASE WHEN g % 5000 = 0 THEN 60000 ELSE 12 END)::int)) END AS n,
    ARRAY(SELECT 'word ' || (random() * 50)::int FROM generate_series(1, (random() * 5)::int)) AS s,
    ARRAY(SELECT (random() * 1e9)::numeric(20, 3) FROM generate_series(1, (random() * 3)::int)) AS d FROM generate_series(1, 100000) g`)
  const { files, rowsRead } = await exportParquet(session, 'SELECT * FROM long ORDER BY id')
  expect(rowsRead).toBe(100_000)
  using duckdb = await DuckdbWitness.open(files[0])
  const found =
    await duckdb.query(`SELECT count(*), count(n), sum(len(n)), sum(list_sum(n)), max(len(n)), sum(hash) FROM
    (SELECT *, (len(s) * (id % 97)) + coalesce(len(n), -1) * (id % 89) AS hash FROM FILE)`)
  const expected = await psql(
    database,
    6,
    `SELECT count(*), count(n), sum(cardinality(n)), sum((SELECT sum(e) FROM unnest(n) e)), max(cardinality(n)),
      sum(cardinality(s) * (id % 97) + coalesce(cardinality(n), -1) * (id % 89)) FROM long`,
  )
  expect(found.map(row => row.map(String))).toEqual(expected)
  // DuckDB joins no elements to NULL.
  const joined = (column: string, type = '') => `coalesce(array_to_string(${column}${type}, ','), '')`
  const hashed = (type: string) =>
    `SELECT md5(string_agg(${joined('s')} || ';' || ${joined('d', type)} || ';' || ${joined('n', type)}, '|' ORDER BY id))`
  const ours = await duckdb.query(`${hashed('::VARCHAR[]')} FROM FILE`)
  expect(ours).toEqual(await psql(database, 1, `${hashed('')} FROM long`))
})

test('arrays of up to 40 MB pass unchanged', async () => {
  const sql = `VALUES (1, array_fill(7, ARRAY[5000000]), NULL::text[]), (2, ARRAY[1], array_fill(repeat('x', 1000), ARRAY[20000])),
    (3, NULL, ARRAY['a', repeat('é', 1000000)]), (4, array_fill(NULL::int, ARRAY[400000]), ARRAY[]::text[])`
  const { files, rowsRead } = await exportParquet(session, `SELECT * FROM (${sql}) v (a, b, c)`)
  expect(rowsRead).toBe(4)
  using duckdb = await DuckdbWitness.open(files[0])
  const read = await duckdb.query(
    `SELECT a, len(b), list_sum(b), len(list_filter(b, lambda e: e IS NOT NULL)), len(c),
      CASE WHEN c IS NOT NULL THEN md5(coalesce(array_to_string(c, ','), '')) END FROM FILE`,
  )
  const expected = await psql(
    database,
    6,
    `SELECT a, cardinality(b), (SELECT sum(e) FROM unnest(b) e), CASE WHEN b IS NOT NULL THEN (SELECT count(e) FROM unnest(b) e) END, cardinality(c), md5(array_to_string(c, ','))
      FROM (${sql}) v (a, b, c)`,
  )
  const text = (value: unknown) => (value === null ? null : String(value))
  expect(read.map(row => row.map(text))).toEqual(expected.map(row => row.map(text)))
})
