import type { Case } from '../case.ts'

type MysqlCase = Omit<Case, 'database'>

const NUMBERS: readonly MysqlCase[] = [
  {
    name: 'tinyint_1',
    type: 'TINYINT(1)',
    values: ['0', '1', '5', '-1'],
    shown: '0, 1, 5',
    meaning: 'number',
  },
  {
    name: 'int_unsigned',
    type: 'INT UNSIGNED',
    values: ['0', '4294967295'],
    shown: '4294967295',
    meaning: 'number',
  },
  {
    name: 'bigint',
    type: 'BIGINT',
    values: ['-9223372036854775808', '9223372036854775807', '9007199254740993'],
    shown: '±2^63, 2^53+1',
    meaning: 'number',
  },
  {
    name: 'bigint_unsigned',
    type: 'BIGINT UNSIGNED',
    values: ['1', '18446744073709551615'],
    shown: '2^64-1',
    meaning: 'number',
  },
  { name: 'zerofill', type: 'INT(8) ZEROFILL', values: ['42'], shown: '00000042', meaning: 'number' },
  { name: 'year', type: 'YEAR', values: ['1901', '2155', '0'], shown: '1901, 2155, 0000', meaning: 'number' },
  {
    name: 'decimal_12',
    type: 'DECIMAL(12,2)',
    values: ['1.10', '-9999999999.99'],
    shown: '1.10, -9999999999.99',
    meaning: 'number',
  },
  {
    name: 'decimal_38',
    type: 'DECIMAL(38,10)',
    values: ['9999999999999999999999999999.9999999999', '-0.0000000001'],
    shown: '38 nines',
    meaning: 'number',
  },
  {
    name: 'decimal_65',
    type: 'DECIMAL(65,30)',
    values: [`${'9'.repeat(35)}.${'9'.repeat(30)}`, `-0.${'0'.repeat(29)}1`],
    shown: '65 nines',
    meaning: 'number',
    remark: 'DuckDB and Spark read no DECIMAL over 38 digits',
  },
  {
    name: 'float',
    type: 'FLOAT',
    values: ['16777216', '0.1', '3.4028234663852886e38'],
    shown: '16777216, 0.1',
    meaning: 'float',
  },
  {
    name: 'double',
    type: 'DOUBLE',
    values: ['0.30000000000000004e0', '5e-324', '-0e0'],
    shown: '0.1+0.2, 5e-324, -0',
    meaning: 'double',
  },
  { name: 'bit_1', type: 'BIT(1)', values: ["b'0'", "b'1'"], shown: "b'0', b'1'", meaning: 'bits' },
  {
    name: 'bit_10',
    type: 'BIT(10)',
    values: ["b'1000000011'", "b'1'"],
    shown: "b'1000000011'",
    meaning: 'bits',
  },
]

const TIMES: readonly MysqlCase[] = [
  {
    name: 'date',
    type: 'DATE',
    values: ["'1000-01-01'", "'9999-12-31'", "'1969-12-31'"],
    shown: '1000-01-01, 9999-12-31',
    meaning: 'date',
  },
  {
    name: 'date_zero',
    type: 'DATE',
    values: ["'2026-11-30'", "'0000-00-00'"],
    shown: '0000-00-00',
    meaning: 'date',
    remark: 'batchquery counts and warns; `INVALID DATES ERROR` refuses',
  },
  {
    name: 'date_partial',
    type: 'DATE',
    values: ["'2026-11-30'", "'2024-02-00'"],
    shown: '2024-02-00',
    meaning: 'date',
    remark: 'batchquery counts and warns; `INVALID DATES ERROR` refuses',
  },
  {
    name: 'datetime',
    type: 'DATETIME(6)',
    values: ["'2026-11-30 12:34:56.000001'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"],
    shown: '9999-12-31 23:59:59.999999',
    meaning: 'datetime',
  },
  {
    name: 'timestamp',
    type: 'TIMESTAMP(6)',
    values: ["'2026-07-01 10:00:00.000001'", "'2026-01-01 11:00:00'"],
    shown: 'summer and winter',
    meaning: 'instant',
  },
  {
    name: 'timestamp_doubled',
    type: 'TIMESTAMP',
    values: ["'2026-10-25 00:30:00'", "'2026-10-25 01:30:00'"],
    shown: 'both hours of 02:30 in autumn',
    meaning: 'instant',
    remark: "batchquery is exact with `SET time_zone = '+00:00'`",
  },
  {
    name: 'time',
    type: 'TIME(6)',
    values: ["'12:34:56.000001'", "'-838:59:59'", "'838:59:59'"],
    shown: '±838:59:59',
    meaning: 'duration',
  },
]

const TEXTS: readonly MysqlCase[] = [
  {
    name: 'char_latin1',
    type: 'CHAR(10) CHARACTER SET latin1',
    title: 'CHAR, latin1',
    values: ["'Größe €'", "''"],
    shown: 'Größe €',
    meaning: 'text',
  },
  {
    name: 'varchar_sjis',
    type: 'VARCHAR(20) CHARACTER SET sjis',
    title: 'VARCHAR, sjis',
    values: ["'日本語ソ'"],
    shown: '日本語ソ',
    meaning: 'text',
  },
  {
    name: 'varchar_utf8mb4',
    type: 'VARCHAR(20) CHARACTER SET utf8mb4',
    title: 'VARCHAR, utf8mb4',
    values: ["'😀'", "'a\\0b\\\\\\t\"'", "''"],
    shown: '😀, NUL, backslash',
    meaning: 'text',
  },
  {
    name: 'enum',
    type: "ENUM('a','b,c','ü')",
    title: 'ENUM',
    values: ["'b,c'", "'ü'"],
    shown: 'b,c and ü',
    meaning: 'text',
  },
  {
    name: 'set',
    type: "SET('x','y','z')",
    title: 'SET',
    values: ["'x,z'", "''"],
    shown: 'x,z and empty',
    meaning: 'text',
  },
  {
    name: 'json',
    type: 'JSON',
    values: [`'{"n": 18446744073709551615, "d": 0.30000000000000004, "s": "ü"}'`, "'null'"],
    shown: '{"n": 18446744073709551615}',
    meaning: 'json',
  },
]

const BYTES: readonly MysqlCase[] = [
  { name: 'blob', type: 'BLOB', values: ["x'00ff80'", "x''"], shown: '00 ff 80', meaning: 'bytes' },
  {
    name: 'binary',
    type: 'BINARY(4)',
    values: ["x'61'", "x'fffefdfc'"],
    shown: '61 00 00 00',
    meaning: 'bytes',
  },
  {
    name: 'geometry',
    type: 'GEOMETRY',
    values: ["ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POLYGON((0 0,3 0,0 3,0 0))')"],
    shown: 'POINT(1 2)',
    meaning: 'geometry',
  },
  {
    name: 'geometry_4326',
    type: 'POINT SRID 4326',
    values: ["ST_GeomFromText('POINT(48 11)', 4326)"],
    shown: 'latitude 48, longitude 11',
    meaning: 'geometry',
  },
  {
    name: 'vector',
    type: 'VECTOR(3)',
    values: ["STRING_TO_VECTOR('[0.1,-2,16777216]')"],
    shown: '[0.1, -2, 16777216]',
    meaning: 'vector',
  },
]

export const MYSQL_CASES: readonly Case[] = [...NUMBERS, ...TIMES, ...TEXTS, ...BYTES].map(one => ({
  database: 'mysql',
  ...one,
}))
