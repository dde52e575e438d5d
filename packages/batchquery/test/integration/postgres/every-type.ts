/**
 * Every kind of type, each with values that are extreme, or hard to write. Append new ones, because the values of a
 * column depend on its place, and the corpus has the SHA-256 of their exports.
 */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  bool: ['true', 'false'],
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '0'],
  int8: ['9223372036854775807', '-1'],
  'numeric(30,6)': ['-123456789012345678901234.567891', '0.000001'],
  numeric: ["'NaN'", "'Infinity'", '1e-200'],
  float4: ['1e-30', "'-Infinity'", '0.1'],
  float8: ['1.7976931348623157e308', "'NaN'", '-0.0', '0.1'],
  money: ['-12.34'],
  'char(12)': ["'a'", "E'\\\\N'"],
  'varchar(300)': ["E'tab\\there'", "''", "'\\N'"],
  text: [
    "E'a\\tb\\nc\\rd\\\\e\\bf\\fg\\vh'",
    "E'\\\\.'",
    `'"quoted", ''single''; | , . x 0'`,
    "repeat('x,y;z|', 3000)",
    "repeat('日本語\t', 700)",
    "'𝄞🎼 é ñ ß €'",
  ],
  name: ["'pg_catalog'"],
  bytea: ["'\\x00ff5c090a0d27'", "''"],
  date: ["'-infinity'", "'0001-01-01 BC'", "'9999-12-31'"],
  time: ["'23:59:59.999999'"],
  timetz: ["'12:00:00+05:30'"],
  timestamp: ["'2026-02-28 23:59:59.123456'", "'infinity'"],
  timestamptz: ["'2026-11-23 01:02:03+09'"],
  interval: ["'1 year -2 months 3 days 04:05:06.7'", "'-1 second'"],
  uuid: ["'123e4567-e89b-12d3-a456-426655440000'"],
  json: [`'{"a\\tb": "c\\\\d", "e": "\\u00e9"}'`, "'[]'"],
  jsonb: [`'{"a\\nb": [1, null, "\\\\"]}'`],
  jsonpath: [`'$.a[*] ? (@ > 3)'`],
  xml: [`'<a b="c\\d">é</a>'`],
  inet: ["'10.0.0.9/8'", "'::1'"],
  macaddr: ["'08:00:2b:01:02:03'"],
  'bit(5)': ["B'10101'"],
  varbit: ["B''", "B'1'"],
  point: ['point(1.5, -2)'],
  polygon: ["'((0,0),(1,1),(2,0))'"],
  tsvector: ["to_tsvector('simple', 'it''s a \\ fat cat')"],
  tsquery: ["to_tsquery('simple', 'fat & !cat')"],
  int4range: ["'[1,5)'", "'empty'"],
  int4multirange: ["'{[1,2),[5,9)}'"],
  'text[]': [`ARRAY[E'a\\tb', NULL, '"', E'\\\\', '', 'x,y']`, "'{}'"],
  'int4[]': ["'{{1,2},{3,NULL}}'"],
  'timestamp[]': ["ARRAY['2026-01-01'::timestamp]"],
  colour: ["E'dark\\tred'", "'blue;|'"],
  pair: [`ROW(E'a\\tb,"', 7)`, 'ROW(NULL, NULL)'],
  short_text: ["E'd\\to'"],
  regclass: ["'pg_class'"],
  oid: ['4294967295'],
  pg_lsn: ["'16/B374D848'"],
}
export const TYPES = Object.keys(VALUES)
const ROWS = 9

/**
 * The statements that create a table with a column `c0`, `c1` and so on for each type, in the order of its column
 * `row`.
 */
export function tableOfEveryType(table: string): string[] {
  const columns = TYPES.map((type, at) => `c${at} ${type}`)
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const values = TYPES.map((type, at) => {
      const own = VALUES[type]
      return (row * 7 + at) % 8 === 0 ? 'NULL' : own[(row + at) % own.length]
    })
    return `INSERT INTO ${table} VALUES (${[row, ...values].join(', ')})`
  })
  return [
    `CREATE TYPE colour AS ENUM (E'dark\\tred', 'blue;|')`,
    'CREATE TYPE pair AS (a text, b int)',
    'CREATE DOMAIN short_text AS text',
    `CREATE TABLE ${table} (row int, ${columns.join(', ')})`,
    ...rows,
  ]
}
