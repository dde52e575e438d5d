import { describe, expect, test } from 'vitest'
import { type ParquetColumn, readFooter } from '../../../../src/format/parquet/index.ts'
import { Random } from './random.ts'
import { NULL_PATTERNS, SAMPLE_COLUMNS, sampleRows } from './sample-columns.ts'
import { SMALL_PAGES } from './tables.ts'
import { DuckdbWitness, firstDifference, quoted } from './witnesses.ts'
import { CODECS, checkPages, readerOf, writeFile } from './write-file.ts'

const COLUMNS = SAMPLE_COLUMNS.map(({ column }) => column)
const ROWS = 2500

describe.each(CODECS)('with %s', codec => {
  test.each(NULL_PATTERNS)('both witnesses read the values that were written (NULLs: %s)', async pattern => {
    const samples = sampleRows(ROWS, pattern, new Random())
    const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
    const file = await writeFile(COLUMNS, rows, { codec, groupBytes: 300_000, batches: [100, 1, 57, 400, 3] })
    expect(await firstDifference(file, COLUMNS, samples)).toBe(null)
    const footer = await readFooter(file.length, readerOf(file))
    expect(footer.rows).toBe(ROWS)
    expect(checkPages(footer, file, 1000)).toBeGreaterThanOrEqual(footer.groups.length * COLUMNS.length)
  })
})

test.each(NULL_PATTERNS)('both witnesses read small pages and groups (NULLs: %s)', async pattern => {
  const samples = sampleRows(ROWS, pattern, new Random())
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  const file = await writeFile(COLUMNS, rows, { codec: 'SNAPPY', groupBytes: 100_000, limits: SMALL_PAGES })
  expect(await firstDifference(file, COLUMNS, samples)).toBe(null)
})

/** What DuckDB itself computes of the rows of one group. */
const boundsOf = (column: ParquetColumn, group: number): string => {
  const name = quoted(column.name)
  return `SELECT count(*) - count(${name}), min(${name})::VARCHAR, max(${name})::VARCHAR FROM read_parquet(FILE, file_row_number = true)
    WHERE file_row_number >= (SELECT coalesce(sum(n), 0) FROM groups WHERE id < ${group})
      AND file_row_number < (SELECT sum(n) FROM groups WHERE id <= ${group})`
}

test.each(NULL_PATTERNS)(
  'the statistics are what DuckDB computes from the values (NULLs: %s)',
  async pattern => {
    const samples = sampleRows(ROWS, pattern, new Random())
    const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
    const file = await writeFile(COLUMNS, rows, { groupBytes: 300_000 })
    using duckdb = await DuckdbWitness.open(file)
    await duckdb.query(
      'CREATE TABLE groups AS SELECT DISTINCT row_group_id AS id, row_group_num_rows AS n FROM parquet_metadata(FILE)',
    )
    const statistics = await duckdb.query(
      `SELECT row_group_id, column_id, stats_null_count, stats_min_value, stats_max_value, stats_distinct_count, min_is_exact, max_is_exact
     FROM parquet_metadata(FILE) ORDER BY ALL`,
    )
    for (const [group, index, nulls, min, max, distinct, isMinExact, isMaxExact] of statistics) {
      const column = COLUMNS[Number(index)]
      const where = `${column.name}, group ${String(group)}`
      const [[computedNulls, computedMin, computedMax]] = await duckdb.query(boundsOf(column, Number(group)))
      expect(nulls, where).toEqual(computedNulls)
      if (distinct !== null) {
        const [[count]] = await duckdb.query(
          boundsOf(column, Number(group)).replace(
            /SELECT .* FROM read/,
            `SELECT count(DISTINCT ${quoted(column.name)}) FROM read`,
          ),
        )
        expect(distinct, where).toEqual(count)
      }
      if (column.type.kind === 'bytes' || column.type.kind === 'string' || column.type.kind === 'json') {
        // DuckDB shows the statistics of bytes with escapes.
        if (column.type.kind === 'bytes') continue
        if (isMinExact === true) expect(min, where).toEqual(computedMin)
        if (isMaxExact === true) expect(max, where).toEqual(computedMax)
        const [low, high] = [Buffer.from(String(min)), Buffer.from(String(max))]
        if (min !== null)
          expect(Buffer.compare(low, Buffer.from(String(computedMin))), where).toBeLessThanOrEqual(0)
        if (max !== null)
          expect(Buffer.compare(high, Buffer.from(String(computedMax))), where).toBeGreaterThanOrEqual(0)
      } else if (column.type.kind === 'float' || column.type.kind === 'double') {
        // For DuckDB, NaN is the largest number. A chunk that has it has no bounds.
        const hasNaN = Number.isNaN(numberOf(computedMax))
        expect(numberOf(min), where).toEqual(hasNaN ? null : finite(numberOf(computedMin), -0))
        expect(numberOf(max), where).toEqual(hasNaN ? null : finite(numberOf(computedMax), 0))
      } else {
        expect(plain(min), where).toEqual(plain(computedMin))
        expect(plain(max), where).toEqual(plain(computedMax))
      }
    }
  },
)

const numberOf = (value: unknown): number | null =>
  value === null ? null : Number(String(value).replace('inf', 'Infinity'))

/** Zero has a sign of its own as a bound, and DuckDB shows no infinite bounds. */
function finite(value: number | null, zero: number): number | null {
  if (value === null || !Number.isFinite(value)) return null
  return value === 0 ? zero : value
}

/** Without the offset of UTC, and booleans as numbers or words. */
const plain = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/\+00$/, '') : value)

test('pushed-down predicates find the rows that a table of the same values has', async () => {
  const samples = sampleRows(ROWS, 'random', new Random())
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  const file = await writeFile(COLUMNS, rows, { codec: 'SNAPPY', groupBytes: 200_000 })
  using duckdb = await DuckdbWitness.open(file)
  await duckdb.query('CREATE TABLE copy AS SELECT * FROM FILE')
  for (const column of COLUMNS) {
    const name = quoted(column.name)
    const points = await duckdb.query(
      `SELECT DISTINCT ${name}::VARCHAR FROM (SELECT ${name} FROM copy WHERE ${name} IS NOT NULL LIMIT 12)`,
    )
    for (const [point] of points) {
      // No literal has the character 0.
      if (String(point).includes('\0')) continue
      const value = `'${String(point).replaceAll("'", "''")}'::${await typeOf(duckdb, column)}`
      for (const operator of ['=', '<', '<=', '>', '>=', '<>']) {
        const where = `WHERE ${name} ${operator} ${value}`
        const [[found]] = await duckdb.query(`SELECT count(*) FROM FILE ${where}`)
        const [[wanted]] = await duckdb.query(`SELECT count(*) FROM copy ${where}`)
        expect(found, `${column.name} ${operator} ${value}`).toEqual(wanted)
      }
    }
    const [[nulls]] = await duckdb.query(`SELECT count(*) FROM FILE WHERE ${name} IS NULL`)
    expect(nulls).toEqual((await duckdb.query(`SELECT count(*) FROM copy WHERE ${name} IS NULL`))[0][0])
  }
})

async function typeOf(duckdb: DuckdbWitness, column: ParquetColumn): Promise<string> {
  const [[type]] = await duckdb.query(`SELECT typeof(${quoted(column.name)}) FROM copy LIMIT 1`)
  return String(type)
}
