import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { cases } from '../../setup/chance.ts'
import { freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import {
  clientRows,
  expectedRows,
  exportParquet,
  nameOf,
  type ParquetResult,
  printable,
  readBack,
  typeOf,
} from './parquet-result.ts'
import { openDatabase, serverUrl } from './session.ts'

/* The values in a file are those that the server's own client prints. */

/** The type of a column, the type in the file, and values. */
type Case = readonly [type: string, written: string, values: readonly string[]]

const UTF8 = 'CHARACTER SET utf8mb4'
const TEXTS = ["''", "'a\\tb\\nc\\\\d'", "_utf8mb4'é § 日本語 🎼'", "REPEAT('long ', 60)", "'12'"]
const CASES: Readonly<Record<string, Case>> = {
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
const OF_MARIADB: Readonly<Record<string, Case>> = {
  uu: ['UUID', 'string', ["'123e4567-e89b-12d3-a456-426655440000'"]],
  i4: ['INET4', 'string', ["'10.0.0.9'"]],
  i6: ['INET6', 'string', ["'::1'"]],
}

let database: string
let session: Session
let isMaria: boolean

beforeAll(async () => {
  database = await freshDatabase()
  isMaria = await isMariadb()
  session = await openDatabase(serverUrl(database)).connect('batchquery parquet-test')
  for (const setting of SETTINGS) await session.execute(setting, 0)
})

afterAll(async () => {
  await session.close()
})

const SETTINGS = ["SET sql_mode = ''", "SET time_zone = '+00:00'"]

/** A short name for a type in the file. */
function written(column: ParquetResult['columns'][number]): string {
  const type = typeOf(column)
  if (type.kind === 'int') return `${type.signed ? '' : 'u'}int${type.bits}`
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`
  return type.kind === 'timestamp' && type.utc ? 'timestamp UTC' : type.kind
}

/** Exports a query, checks that both readers find what the client prints, and returns the result. */
async function checked(query: string, order = ''): Promise<ParquetResult> {
  const result = await exportParquet(session, `${query} ${order}`)
  const columns = result.columns.map(printable).join(', ')
  const printed = await clientRows(`SELECT ${columns} FROM (${query}) q ${order}`, database, ...SETTINGS)
  const expected = expectedRows(printed, result.columns)
  const { duckdb, hyparquet } = await readBack(result)
  expect(duckdb).toEqual(expected.duckdb)
  expect(hyparquet).toEqual(expected.hyparquet)
  expect(result.rowsRead).toBe(printed.length)
  return result
}

async function fill(table: string, columns: Readonly<Record<string, string>>, rows: readonly string[][]) {
  const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`)
  await session.execute(`CREATE TABLE ${table} (id INT, ${definitions.join(', ')})`, 0)
  if (rows.length === 0) return
  const values = rows.map((row, at) => `(${[at, ...row].join(', ')})`)
  await session.execute(`INSERT INTO ${table} VALUES ${values.join(', ')}`, 0)
}

const types = (used: Readonly<Record<string, Case>>): Record<string, string> =>
  Object.fromEntries(Object.entries(used).map(([name, [type]]) => [name, type]))

test('a file has the values that the client prints, of every type', async () => {
  const used = isMaria ? { ...CASES, ...OF_MARIADB } : CASES
  const all = Object.values(used)
  const rows = Array.from({ length: 30 }, (_, row) =>
    all.map(([, , values], column) => [...values, 'NULL'][(row + column) % (values.length + 1)]),
  )
  await fill('every_type', types(used), rows)
  const { columns } = await checked('SELECT * FROM every_type', 'ORDER BY id')
  const found = Object.fromEntries(columns.slice(1).map(column => [nameOf(column), written(column)]))
  expect(found).toEqual(Object.fromEntries(Object.entries(used).map(([name, [, type]]) => [name, type])))
})

test('a file has NULL for zero and partial dates, and the stream counts them by column', async () => {
  const columns = { da: 'DATE', dt: 'DATETIME(3)', ts: 'TIMESTAMP NULL', tx: 'VARCHAR(20)' }
  await fill('zero_dates', columns, [
    ["'0000-00-00'", "'0000-00-00'", "'0000-00-00 00:00:00'", "'0000-00-00'"],
    ["'2024-02-00'", "'2024-00-10 11:12:13.5'", 'NULL', 'NULL'],
    ["'2024-00-00'", "'2024-02-01'", "'2024-02-01'", "''"],
    ['NULL', 'NULL', "'0000-00-00'", "'x'"],
  ])
  const { invalidDates } = await checked('SELECT * FROM zero_dates', 'ORDER BY id')
  expect(invalidDates).toEqual([
    { column: 'da', count: 3 },
    { column: 'dt', count: 2 },
    { column: 'ts', count: 2 },
  ])
})

test('a decimal of an expression has the precision that the server computes', async () => {
  await fill(
    'decimals',
    { d: 'DECIMAL(10,4)', u: 'DECIMAL(12,2) UNSIGNED', b: 'BIGINT UNSIGNED', i: 'INT' },
    [
      ['123456.7891', '9999999999.99', '18446744073709551615', '-2147483648'],
      ['-999999.9999', '0.01', '1', '2147483647'],
      ['NULL', 'NULL', 'NULL', 'NULL'],
    ],
  )
  const expressions = [
    ...['SUM(d)', 'AVG(d)', 'SUM(u)', 'AVG(u)', 'SUM(b)', 'AVG(i)', 'SUM(i)', 'MIN(d)', 'MAX(u)'],
    ...['SUM(d) / 3', 'SUM(d) * 1.5', '-SUM(u)', 'ROUND(AVG(d), 2)', 'COALESCE(SUM(d), 0)', 'COUNT(*)'],
    ...['SUM(b) + 0.5', 'IF(COUNT(*) > 1, SUM(u), -1.25)', 'CAST(SUM(d) AS DECIMAL(38, 20))', 'SUM(d) MOD 7'],
    ...['GREATEST(SUM(u), -99.25)', 'ABS(SUM(d))', 'TRUNCATE(SUM(d), -2)', 'STD(d)', 'SUM(d) DIV 2', '1 / 3'],
    ...['-0.5', '.25', 'NULL', "'12.50' + 0", '1e3', '9223372036854775808'],
  ]
  const select = expressions.map((expression, at) => `${expression} AS v${at}`).join(', ')
  const { columns } = await checked(`SELECT ${select} FROM decimals`)
  expect(columns.slice(0, 4).map(written)).toEqual([
    'decimal(32,4)',
    'decimal(14,8)',
    'decimal(34,2)',
    'decimal(16,6)',
  ])
})

test('a file has the NULLs of ROLLUP and outer joins in columns that are NOT NULL', async () => {
  await session.execute('CREATE TABLE sold (kind INT NOT NULL, day DATE NOT NULL, n BIGINT NOT NULL)', 0)
  await session.execute(
    "INSERT INTO sold VALUES (1, '2024-01-01', 5), (1, '2024-01-02', 6), (2, '2024-01-01', 7)",
    0,
  )
  await checked(
    'SELECT * FROM (SELECT kind, day, SUM(n) AS total FROM sold GROUP BY kind, day WITH ROLLUP) rolled',
    'ORDER BY total, day, kind',
  )
  await checked(
    'SELECT a.kind, b.kind AS missing, b.day, b.n FROM sold a LEFT JOIN sold b ON a.kind = b.kind + 1',
    'ORDER BY kind, n',
  )
})

test('a file has the values that the client prints, of random tables', async () => {
  const names = Object.keys(CASES)
  const column = fc.constantFrom(...names)
  const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 40 })
  const table = fc.record({
    columns: fc.uniqueArray(column, { minLength: 1, maxLength: 6 }),
    picks,
    rows: fc.integer({ min: 0, max: 700 }),
    nulls: fc.constantFrom(0, 1, 2, 5),
  })
  let number = 0
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, picks, rows, nulls }) => {
      const used = Object.fromEntries(columns.map(name => [name, CASES[name]]))
      const name = `random_${number++}`
      const pick = (row: number, at: number): number => picks[(row * 7 + at * 3 + (row >> 4)) % picks.length]
      const made = Array.from({ length: rows }, (_, row) =>
        Object.values(used).map(([, , values], at) =>
          nulls > 0 && pick(row, at + 1) % 6 < nulls ? 'NULL' : values[pick(row, at) % values.length],
        ),
      )
      await fill(name, types(used), made)
      await checked(`SELECT * FROM ${name}`, 'ORDER BY id')
    }),
    { numRuns: cases(20) },
  )
})
