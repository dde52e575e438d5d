import type { Case } from '../case.ts'

type PostgresCase = Omit<Case, 'database'>

const NUMBERS: readonly PostgresCase[] = [
  { name: 'smallint', type: 'SMALLINT', values: ['-32768', '32767'], shown: '-32768', meaning: 'number' },
  {
    name: 'bigint',
    type: 'BIGINT',
    values: ['-9223372036854775808', '9007199254740993'],
    shown: '-2^63, 2^53+1',
    meaning: 'number',
  },
  { name: 'oid', type: 'OID', values: ['4294967295'], shown: '4294967295', meaning: 'number' },
  {
    name: 'numeric_12',
    type: 'NUMERIC(12,2)',
    values: ['1.10', '-9999999999.99'],
    shown: '1.10, -9999999999.99',
    meaning: 'number',
  },
  {
    name: 'numeric_38',
    type: 'NUMERIC(38,10)',
    values: ['9999999999999999999999999999.9999999999', '-0.0000000001'],
    shown: '38 nines',
    meaning: 'number',
  },
  {
    name: 'numeric_65',
    type: 'NUMERIC(65,30)',
    values: [`${'9'.repeat(35)}.${'9'.repeat(30)}`],
    shown: '65 nines',
    meaning: 'number',
    remark: 'DuckDB and Spark read no DECIMAL over 38 digits',
  },
  {
    name: 'numeric',
    type: 'NUMERIC',
    values: ['1e-30', '1234567890123456789012345678901234567890', '1.10'],
    shown: '1e-30, 40 digits',
    meaning: 'number',
  },
  { name: 'numeric_nan', type: 'NUMERIC(10,2)', values: ['1.10', "'NaN'"], shown: 'NaN', meaning: 'number' },
  {
    name: 'real',
    type: 'REAL',
    values: ['16777216', '0.1', "'NaN'", "'-Infinity'", "'-0'"],
    shown: '0.1, NaN, -Infinity, -0',
    meaning: 'float',
  },
  {
    name: 'double',
    type: 'DOUBLE PRECISION',
    values: ['0.30000000000000004', '5e-324', "'NaN'", "'Infinity'", "'-0'"],
    shown: '0.1+0.2, 5e-324, NaN, Infinity, -0',
    meaning: 'double',
  },
  { name: 'boolean', type: 'BOOLEAN', values: ['true', 'false'], shown: 'true, false', meaning: 'boolean' },
  {
    name: 'money',
    type: 'MONEY',
    values: ["'-12.34'", "'92233720368547758.07'"],
    shown: '92233720368547758.07',
    meaning: 'money',
  },
  { name: 'bit', type: 'BIT(10)', values: ["B'1000000011'"], shown: "B'1000000011'", meaning: 'bitstring' },
  {
    name: 'varbit',
    type: 'BIT VARYING',
    values: ["B'00101'", "B''"],
    shown: "B'00101'",
    meaning: 'bitstring',
  },
]

const TIMES: readonly PostgresCase[] = [
  {
    name: 'date',
    type: 'DATE',
    values: ["'0001-01-01'", "'9999-12-31'"],
    shown: '0001-01-01, 9999-12-31',
    meaning: 'date',
  },
  { name: 'date_bc', type: 'DATE', values: ["'0044-03-15 BC'"], shown: '0044-03-15 BC', meaning: 'date' },
  {
    name: 'date_infinity',
    type: 'DATE',
    values: ["'2026-11-30'", "'infinity'"],
    shown: 'infinity',
    meaning: 'date',
  },
  {
    name: 'timestamp',
    type: 'TIMESTAMP',
    values: ["'2026-11-30 12:34:56.000001'", "'9999-12-31 23:59:59.999999'"],
    shown: '9999-12-31 23:59:59.999999',
    meaning: 'datetime',
  },
  {
    name: 'timestamp_infinity',
    type: 'TIMESTAMP',
    values: ["'2026-11-30'", "'-infinity'"],
    shown: '-infinity',
    meaning: 'datetime',
  },
  {
    name: 'timestamptz',
    type: 'TIMESTAMPTZ',
    values: ["'2026-10-25 00:30:00.000001Z'", "'2026-10-25 01:30:00Z'"],
    shown: 'both hours of 02:30 in autumn',
    meaning: 'instant',
  },
  { name: 'time', type: 'TIME', values: ["'12:34:56.000001'"], shown: '12:34:56.000001', meaning: 'time' },
  { name: 'time_24', type: 'TIME', values: ["'24:00:00'"], shown: '24:00:00', meaning: 'time' },
  { name: 'timetz', type: 'TIMETZ', values: ["'12:00:00+05:30'"], shown: '12:00:00+05:30', meaning: 'time' },
  {
    name: 'interval',
    type: 'INTERVAL',
    values: ["'1 mon 2 days 3.000004 s'", "'-1 second'"],
    shown: '1 mon 2 days 3.000004 s, -1 s',
    meaning: 'interval',
  },
]

const TEXTS: readonly PostgresCase[] = [
  {
    name: 'char_5',
    type: 'CHAR(5)',
    values: ["'ab'", "'äöü'"],
    shown: 'ab, with 3 spaces',
    meaning: 'text',
  },
  {
    name: 'text',
    type: 'TEXT',
    values: ["'😀'", "E'a\\\\b\\t\"'", "''"],
    shown: '😀, backslash, empty',
    meaning: 'text',
  },
  {
    name: 'enum',
    type: 'mood',
    title: 'enum',
    before: ["CREATE TYPE mood AS ENUM ('sad', 'ok, fine')"],
    values: ["'ok, fine'"],
    shown: 'ok, fine',
    meaning: 'text',
  },
  {
    name: 'uuid',
    type: 'UUID',
    values: ["'123e4567-e89b-12d3-a456-426655440000'"],
    shown: '123e4567-…',
    meaning: 'uuid',
  },
  {
    name: 'json',
    type: 'JSON',
    values: [`'{"a": 1, "a": 1.10}'`],
    shown: '{"a": 1, "a": 1.10}',
    meaning: 'json',
  },
  {
    name: 'jsonb',
    type: 'JSONB',
    values: [`'{"n": 123456789012345678901234567890.10}'`, "'null'"],
    shown: '30 digits in a number',
    meaning: 'json',
  },
  { name: 'xml', type: 'XML', values: [`'<a b="c">é</a>'`], shown: '<a b="c">é</a>', meaning: 'text' },
  {
    name: 'inet',
    type: 'INET',
    values: ["'10.0.0.9/8'", "'::1'"],
    shown: '10.0.0.9/8, ::1',
    meaning: 'network',
  },
  { name: 'bytea', type: 'BYTEA', values: ["'\\x00ff80'", "''"], shown: '00 ff 80', meaning: 'bytes' },
]

const NESTED: readonly PostgresCase[] = [
  {
    name: 'text_array',
    type: 'TEXT[]',
    values: [`ARRAY['a', NULL, 'NULL', '"', 'x,y']`, "'{}'"],
    shown: 'NULL, "NULL", x,y',
    meaning: 'nested',
  },
  {
    name: 'int_array_2',
    type: 'INT[][]',
    values: ["'{{1,2},{3,NULL}}'"],
    shown: '{{1,2},{3,NULL}}',
    meaning: 'nested',
    remark: 'batchquery: `TYPES (c AS JSON)`',
  },
  {
    name: 'int_array_bounds',
    type: 'INT[]',
    values: ["'[0:1]={7,8}'"],
    shown: '[0:1]={7,8}',
    meaning: 'nested',
  },
  {
    name: 'int4range',
    type: 'INT4RANGE',
    values: ["'[1,5)'", "'empty'"],
    shown: '[1,5), empty',
    meaning: 'text',
  },
  {
    name: 'int4multirange',
    type: 'INT4MULTIRANGE',
    values: ["'{[1,2),[5,9)}'"],
    shown: '{[1,2),[5,9)}',
    meaning: 'text',
  },
  {
    name: 'composite',
    type: 'pair',
    title: 'composite',
    before: ['CREATE TYPE pair AS (a text, b int)'],
    values: [`ROW('x,"', 7)`],
    shown: '("x,""",7)',
    meaning: 'nested',
  },
  { name: 'point', type: 'POINT', values: ['point(1.5, -2)'], shown: '(1.5,-2)', meaning: 'point' },
]

const GEOMETRIES: readonly PostgresCase[] = [
  {
    name: 'geometry_4326',
    type: 'GEOMETRY',
    title: 'GEOMETRY, SRID 4326',
    before: ['CREATE EXTENSION IF NOT EXISTS postgis'],
    values: ["'SRID=4326;POINT(11 48)'"],
    shown: 'POINT(11 48)',
    meaning: 'geometry',
  },
]

export const POSTGRES_CASES: readonly Case[] = [...NUMBERS, ...TIMES, ...TEXTS, ...NESTED, ...GEOMETRIES].map(
  one => ({
    database: 'postgres',
    ...one,
  }),
)
