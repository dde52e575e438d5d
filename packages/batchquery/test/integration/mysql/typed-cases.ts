import type { Session } from '../../../src/database/database.ts'

/** The type of a column, the type in the file, and values. */
export type Case = readonly [type: string, written: string, values: readonly string[]]

const UTF8 = 'CHARACTER SET utf8mb4'
const TEXTS = ["''", "'a\\tb\\nc\\\\d'", "_utf8mb4'é § 日本語 🎼'", "REPEAT('long ', 60)", "'12'"]
/** A column of every type. */
export const CASES: Readonly<Record<string, Case>> = {
  ti: ['TINYINT', 'int8', ['-128', '127', '0']],
  t1: ['TINYINT(1)', 'int8', ['0', '1', '-1', '2']],
  tu: ['TINYINT UNSIGNED', 'uint8', ['0', '255']],
  si: ['SMALLINT', 'int16', ['-32768', '32767']],
  su: ['SMALLINT UNSIGNED', 'uint16', ['0', '65535']],
  mi: ['MEDIUMINT', 'int32', ['-8388608', '8388607']],
  mu: ['MEDIUMINT UNSIGNED', 'int32', ['16777215']],
  i: ['INT', 'int32', ['-2147483648', '2147483647', '0']],
  iu: ['INT UNSIGNED', 'int64', ['0', '4294967295']],
  iz: ['INT(12) ZEROFILL', 'int64', ['0', '42', '4294967295']],
  bi: ['BIGINT', 'int64', ['-9223372036854775808', '9223372036854775807', '9007199254740993']],
  bu: ['BIGINT UNSIGNED', 'decimal(20,0)', ['0', '18446744073709551615']],
  bz: ['BIGINT(30) ZEROFILL', 'decimal(20,0)', ['7', '18446744073709551615']],
  ye: ['YEAR', 'int16', ['1901', '2155', '0']],
  d1: ['DECIMAL(1,0)', 'decimal(1,0)', ['-9', '0']],
  d9: ['DECIMAL(9,4)', 'decimal(9,4)', ['-99999.9999', '0.0001', '1.1']],
  d10: ['DECIMAL(10,10)', 'decimal(10,10)', ['-0.9999999999', '0.0000000001']],
  d18: ['DECIMAL(18,2)', 'decimal(18,2)', ['-9999999999999999.99', '9007199254740993.01']],
  d19: ['DECIMAL(19,0)', 'decimal(19,0)', ['-9999999999999999999', '1']],
  d38: ['DECIMAL(38,10)', 'decimal(38,10)', [`-${'9'.repeat(28)}.0123456789`, '0.1']],
  d39: ['DECIMAL(39,1)', 'string', [`-${'9'.repeat(38)}.5`, '0.1']],
  d65: ['DECIMAL(65,30)', 'string', [`${'9'.repeat(35)}.${'1'.repeat(30)}`]],
  du: ['DECIMAL(10,2) UNSIGNED', 'decimal(10,2)', ['99999999.99', '0']],
  dz: ['DECIMAL(10,3) ZEROFILL', 'decimal(10,3)', ['7.5', '1234567.891', '0']],
  db: [
    'DOUBLE',
    'double',
    ['1.7976931348623157e308', '-2.2250738585072014e-308', '5e-324', '0.1', '-0.0', '1e15'],
  ],
  dd: ['DOUBLE(12,3)', 'double', ['-1234.567', '0.1']],
  dy: ['DOUBLE ZEROFILL', 'double', ['1.5', '1e20']],
  da: ['DATE', 'date', ["'0001-01-01'", "'9999-12-31'", "'1969-12-31'", "'2024-02-29'"]],
  dt: ['DATETIME', 'timestamp', ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'1970-01-01 00:00:00'"]],
  dt2: ['DATETIME(2)', 'timestamp', ["'2026-02-28 23:59:59.12'"]],
  dt6: ['DATETIME(6)', 'timestamp', ["'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'"]],
  ts: ['TIMESTAMP NULL', 'timestamp UTC', ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'"]],
  ts6: ['TIMESTAMP(6) NULL', 'timestamp UTC', ["'2026-11-23 01:02:03.000001'"]],
  tm: ['TIME(6)', 'string', ["'-838:59:59'", "'00:00:01.5'"]],
  ch: [`CHAR(20) ${UTF8}`, 'string', ["'a '", "''", "_utf8mb4'日本'"]],
  vc: [`VARCHAR(400) ${UTF8}`, 'string', TEXTS],
  tx: [`TEXT ${UTF8}`, 'string', TEXTS],
  lt: [`LONGTEXT ${UTF8}`, 'string', TEXTS],
  en: [`ENUM('a','b,c','é') ${UTF8}`, 'string', ["'a'", "'b,c'", "_utf8mb4'é'"]],
  se: [`SET('x','y','0') ${UTF8}`, 'string', ["'x,0'", "''"]],
  js: ['JSON', 'json', [`'{"a": [1, "\\\\u00e9"]}'`, "'[]'"]],
  bn: ['BINARY(4)', 'bytes', ["X'00FF'", "'abcd'"]],
  vb: ['VARBINARY(40)', 'bytes', ["X'00095C0A0D222722F0289F'", "X''"]],
  bl: ['LONGBLOB', 'bytes', ["X'C2A7C3'", "REPEAT(X'FF00', 400)"]],
  b8: ['BIT(8)', 'bytes', ["b'101'", '255']],
  ge: ['GEOMETRY', 'bytes', ["ST_GeomFromText('LINESTRING(0 9,10 92)')"]],
  pt: ['POINT', 'bytes', ["ST_GeomFromText('POINT(1 2)')"]],
}
/** The types that MySQL lacks. */
export const OF_MARIADB: Readonly<Record<string, Case>> = {
  uu: ['UUID', 'string', ["'123e4567-e89b-12d3-a456-426655440000'"]],
  i4: ['INET4', 'string', ["'10.0.0.9'"]],
  i6: ['INET6', 'string', ["'::1'"]],
}

export const types = (used: Readonly<Record<string, Case>>): Record<string, string> =>
  Object.fromEntries(Object.entries(used).map(([name, [type]]) => [name, type]))

/** Creates a table with these columns and `id`, the number of the row, and fills it. */
export async function fill(
  session: Session,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly string[][],
) {
  const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`)
  await session.execute(`CREATE TABLE ${table} (id INT, ${definitions.join(', ')})`, 0)
  if (rows.length === 0) return
  const values = rows.map((row, at) => `(${[at, ...row].join(', ')})`)
  await session.execute(`INSERT INTO ${table} VALUES ${values.join(', ')}`, 0)
}
