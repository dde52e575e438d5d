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
import { CASES, fill, OF_MARIADB, types } from './typed-cases.ts'

/* The values in a file are those that the server's own client prints. */

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

test('a file has the values that the client prints, of every type', async () => {
  const used = isMaria ? { ...CASES, ...OF_MARIADB } : CASES
  const all = Object.values(used)
  const rows = Array.from({ length: 30 }, (_, row) =>
    all.map(([, , values], column) => [...values, 'NULL'][(row + column) % (values.length + 1)]),
  )
  await fill(session, 'every_type', types(used), rows)
  const { columns } = await checked('SELECT * FROM every_type', 'ORDER BY id')
  const found = Object.fromEntries(columns.slice(1).map(column => [nameOf(column), written(column)]))
  expect(found).toEqual(Object.fromEntries(Object.entries(used).map(([name, [, type]]) => [name, type])))
})

test('a file has NULL for zero and partial dates, and the stream counts them by column', async () => {
  const columns = { da: 'DATE', dt: 'DATETIME(3)', ts: 'TIMESTAMP NULL', tx: 'VARCHAR(20)' }
  await fill(session, 'zero_dates', columns, [
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
    session,
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
    ...['GREATEST(SUM(u), -99.25)', 'ABS(SUM(d))', 'TRUNCATE(SUM(d), -2)', 'SUM(d) DIV 2', '1 / 3'],
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
      await fill(session, name, types(used), made)
      await checked(`SELECT * FROM ${name}`, 'ORDER BY id')
    }),
    { numRuns: cases(20) },
  )
})
