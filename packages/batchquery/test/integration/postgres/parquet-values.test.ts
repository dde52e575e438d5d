import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { compare, exportParquet } from './parquet.ts'
import { openDatabase, serverUrl } from './session.ts'

let database: string
let admin: Client
let session: Session

/** How DuckDB names the type of the column, and values that are extreme, or hard to write. */
const TYPES: readonly (readonly [string, string, ...string[]])[] = [
  ['bool', 'BOOLEAN', 'true', 'false'],
  ['int2', 'SMALLINT', '-32768', '32767', '0'],
  ['int4', 'INTEGER', '-2147483648', '2147483647', '-1'],
  ['int8', 'BIGINT', '-9223372036854775808', '9223372036854775807', '4294967296'],
  ['oid', 'BIGINT', '0', '4294967295'],
  ['numeric(1,0)', 'DECIMAL(1,0)', '9', '-9', '0'],
  ['numeric(9,2)', 'DECIMAL(9,2)', '-9999999.99', '0.01', '-0.10', '0', '10000'],
  ['numeric(18,18)', 'DECIMAL(18,18)', '0.999999999999999999', '-0.000000000000000001', '0.0001'],
  ['numeric(18,3)', 'DECIMAL(18,3)', '999999999999999.999', '-100000000000000', '0.001'],
  ['numeric(38,0)', 'DECIMAL(38,0)', '99999999999999999999999999999999999999', '-10000', '-1e37'],
  ['numeric(38,10)', 'DECIMAL(38,10)', '-9999999999999999999999999999.9999999999', '1e-10', '10000.0001'],
  ['numeric(38,38)', 'DECIMAL(38,38)', '0.99999999999999999999999999999999999999', '-1e-38', '0'],
  ['numeric(39,2)', 'VARCHAR', '-9999999999999999999999999999999999999.99', '0', "'NaN'"],
  [
    'numeric',
    'VARCHAR',
    "'NaN'",
    "'Infinity'",
    '1e-200',
    '-1e200',
    '0.00',
    '-120000.0010',
    '1e4',
    '99999999',
  ],
  ['float4', 'FLOAT', '1e-45', '3.4028235e38', "'-Infinity'", "'NaN'", "'-0'", '0.1', '16777216'],
  ['float8', 'DOUBLE', '1.7976931348623157e308', '5e-324', "'Infinity'", "'NaN'", "'-0'", '0.1'],
  ['date', 'DATE', "'4713-01-01 BC'", "'5874897-12-31'", "'1969-12-31'", "'0001-12-31 BC'", "'2024-02-29'"],
  [
    'timestamp',
    'TIMESTAMP',
    "'4713-01-01 BC'",
    "'294247-01-10 04:00:54.775806'",
    "'1999-12-31 23:59:59.999999'",
  ],
  [
    'timestamptz',
    'TIMESTAMP WITH TIME ZONE',
    "'4713-01-02 BC'",
    "'2026-10-25 02:30:00.000001+01'",
    "'2000-01-01 UTC'",
  ],
  ['time', 'VARCHAR', "'23:59:59.999999'", "'24:00'"],
  ['timetz', 'VARCHAR', "'12:00:00+05:30'"],
  ['interval', 'VARCHAR', "'1 year -2 months 3 days 04:05:06.7'", "'-1 second'", "'0'"],
  [
    'text',
    'VARCHAR',
    "''",
    "E'tab\\tline\\n\\\\N'",
    "'𝄞🎼 é 日本語'",
    "repeat('日本語', 300)",
    "'abc'",
    "'x'",
  ],
  ['varchar(5)', 'VARCHAR', "'abcde'", "''", "'é'"],
  ['char(5)', 'VARCHAR', "'a'", "''", "'日本'"],
  ['name', 'VARCHAR', "'pg_catalog'"],
  ['"char"', 'VARCHAR', "'a'", "''"],
  ['colour', 'VARCHAR', "E'dark\\tred'", "'blue;|'"],
  ['short_text', 'VARCHAR', "'of a domain'"],
  ['price', 'DECIMAL(10,2)', '12345678.90', '-0.01'],
  ['uuid', 'VARCHAR', "'123e4567-e89b-12d3-a456-426655440000'", "'00000000-0000-0000-0000-000000000000'"],
  ['json', 'JSON', `'{"a\\tb":  "c\\\\d", "e": "\\u00e9"}'`, "'[]'", "'null'"],
  ['jsonb', 'JSON', `'{"a\\nb": [1, null, "é"]}'`, "'1'"],
  ['bytea', 'BLOB', "'\\x00ff5c090a0d27'", "''", "decode(repeat('00ff', 500), 'hex')"],
  ['bit(5)', 'VARCHAR', "B'10101'"],
  ['varbit', 'VARCHAR', "B''", "B'1'"],
  ['money', 'VARCHAR', '-12.34'],
  ['xml', 'VARCHAR', `'<?xml version="1.0" encoding="UTF-8"?><a b="c">é</a>'`, "'<a/>'"],
  ['inet', 'VARCHAR', "'10.0.0.9/8'", "'10.0.0.9'", "'::1'"],
  ['cidr', 'VARCHAR', "'10.0.0.0/8'", "'10.0.0.9'"],
  ['macaddr', 'VARCHAR', "'08:00:2b:01:02:03'"],
  ['point', 'VARCHAR', 'point(1.5, -2)'],
  ['tsvector', 'VARCHAR', "to_tsvector('simple', 'a fat cat')"],
  ['int4range', 'VARCHAR', "'[1,5)'", "'empty'"],
  ['text[]', 'VARCHAR[]', `ARRAY[E'a\\tb', NULL, '"', E'\\\\', '', 'x,y', 'NULL']`, "'{}'", "'{NULL}'"],
  ['int4[]', 'INTEGER[]', "'{1,NULL,-2147483648}'", "'{}'", 'array_fill(7, ARRAY[1000])'],
  ['char(3)[]', 'VARCHAR[]', "ARRAY['a', NULL, '日']"],
  ['timestamptz[]', 'TIMESTAMP WITH TIME ZONE[]', "ARRAY['2026-01-01 UTC'::timestamptz, NULL]"],
  ['shade', 'VARCHAR', "'dark'", "'light'"],
  ['pair', 'VARCHAR', `ROW(E'a\\tb,"', 7)`, 'ROW(NULL, NULL)'],
  ['regclass', 'VARCHAR', "'pg_class'"],
  ['pg_lsn', 'VARCHAR', "'16/B374D848'"],
]
const ROWS = 30

beforeAll(async () => {
  database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`CREATE TYPE colour AS ENUM (E'dark\\tred', 'blue;|'); CREATE TYPE pair AS (a text, b int);
    CREATE TYPE shade AS ENUM ('dark', 'light');
    CREATE FUNCTION shade_in_words(shade) RETURNS text LANGUAGE SQL AS $$ SELECT 'in other words' $$;
    CREATE CAST (shade AS text) WITH FUNCTION shade_in_words(shade);
    CREATE DOMAIN short_text AS text; CREATE DOMAIN price AS numeric(10,2);
    CREATE TABLE t (row int, ${TYPES.map(([type], at) => `c${at} ${type}`).join(', ')})`)
  for (let row = 0; row < ROWS; row++) {
    const values = TYPES.map(([, , ...own], at) =>
      (row * 7 + at) % 8 === 0 ? 'NULL' : own[(row + at) % own.length],
    )
    await admin.query(`INSERT INTO t VALUES (${[row, ...values].join(', ')})`)
  }
  session = await openDatabase(serverUrl(database)).connect('batchquery parquet')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

const ALL = `SELECT ${TYPES.map((_, at) => `c${at}`).join(', ')} FROM t ORDER BY row`

test('DuckDB reads a column of each type with the type that is closest', async () => {
  const { files } = await exportParquet(session, ALL)
  using duckdb = await DuckdbWitness.open(files[0])
  const described = await duckdb.query('DESCRIBE SELECT * FROM FILE')
  expect(described.map(([name, type]) => `${name} ${type}`)).toEqual(
    TYPES.map(([, type], at) => `c${at} ${type}`),
  )
})

test('both readers read what psql prints, for every type', async () => {
  await compare(session, database, ALL)
  // Without a cast.
  const binary = [...TYPES.keys()].filter(at => TYPES[at][0] !== 'oid' && TYPES[at][1] !== 'VARCHAR')
  await compare(
    session,
    database,
    `SELECT ${binary.map((at, c) => `c${at} AS c${c}`).join(', ')} FROM t ORDER BY row`,
  )
})

test("strings are as the session's settings print them, and other values do not depend on the settings", async () => {
  const own = await openDatabase(serverUrl(database)).connect('batchquery parquet settings')
  await compare(own, database, ALL, [
    "SET DateStyle = 'German'",
    "SET IntervalStyle = 'iso_8601'",
    "SET TimeZone = 'Asia/Kolkata'",
    "SET bytea_output = 'escape'",
    'SET search_path = pg_temp, public',
  ])
  await own.close()
})

test('floats keep all digits under extra_float_digits = -15', async () => {
  const own = await openDatabase(serverUrl(database)).connect('batchquery parquet digits')
  await own.execute('SET extra_float_digits = -15', 0)
  await compare(own, database, 'SELECT 0.1::float8 c0, 3.4028235e38::float4 c1')
  await own.close()
})

test('a column of only NULLs, of any type, and a result without rows can be read', async () => {
  const nulls = `SELECT ${TYPES.map(([type], at) => `NULL::${type} c${at}`).join(', ')}`
  await compare(session, database, `${nulls} FROM generate_series(1, 3)`)
  await compare(session, database, `${nulls} LIMIT 0`)
})

test('a numeric whose scale a Parquet decimal cannot have is a string', async () => {
  await admin.query(`CREATE TABLE scales (c0 numeric(3,-2), c1 numeric(2,5), c2 numeric(38,-1), c3 numeric(1000,-1000));
    INSERT INTO scales VALUES (12345, 0.000123, 1e38, 1e1100), (-99900, -0.00099, 10, 0), (NULL, NULL, NULL, NULL)`)
  await compare(session, database, 'SELECT * FROM scales')
  const { columns } = await exportParquet(session, 'SELECT * FROM scales')
  expect(columns.map(({ exact }) => exact?.type.kind)).toEqual(['string', 'string', 'string', 'string'])
})
