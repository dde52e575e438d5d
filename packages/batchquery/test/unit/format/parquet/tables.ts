import fc from 'fast-check'
import type { CodecName } from '../../../../src/format/parquet/index.ts'
import type { ColumnLimits } from '../../../../src/format/parquet/limits.ts'
import { Random } from './random.ts'
import { NULL_PATTERNS, type NullPattern, type Sample, sampleRows } from './sample-columns.ts'
import { EVERY_COLUMN } from './sample-lists.ts'
import { writeFile } from './write-file.ts'

/** A table of samples, described so that another process can write it. */
export interface Table {
  readonly seed: number
  /** Indexes of EVERY_COLUMN. */
  readonly columns: readonly number[]
  readonly rows: number
  readonly pattern: NullPattern
  readonly codec: CodecName
  readonly groupBytes: number
  readonly batches: readonly number[]
  readonly blockBytes: number
  readonly limits?: ColumnLimits
}

export const ALL_COLUMNS: readonly number[] = EVERY_COLUMN.map((_, index) => index)

/** Pages and dictionaries so small that a small table has many. */
export const SMALL_PAGES: ColumnLimits = {
  pageBytes: 1000,
  pageRows: 64,
  dictionaryEntries: 50,
  dictionaryBytes: 2000,
}

export const columnsOf = (table: Table) => table.columns.map(index => EVERY_COLUMN[index].column)

export const samplesOf = (table: Table): readonly (readonly (Sample | null)[])[] =>
  sampleRows(
    table.rows,
    table.pattern,
    new Random(table.seed),
    table.columns.map(index => EVERY_COLUMN[index]),
  )

export const writeTable = (table: Table): Promise<Buffer> =>
  writeFile(
    columnsOf(table),
    samplesOf(table).map(row => row.map(sample => sample?.wire ?? null)),
    table,
  )

/** Random tables. Their codec is one of these. */
export const randomTables = (codecs: readonly CodecName[]): fc.Arbitrary<Table> =>
  fc
    .record({
      seed: fc.integer(),
      columns: fc.uniqueArray(fc.constantFrom(...ALL_COLUMNS), { minLength: 1, maxLength: 6 }),
      rows: fc.integer({ min: 0, max: 3000 }),
      pattern: fc.constantFrom(...NULL_PATTERNS),
      codec: fc.constantFrom(...codecs),
      groupBytes: fc.integer({ min: 1000, max: 200_000 }),
      batches: fc.array(fc.integer({ min: 1, max: 800 }), { minLength: 1, maxLength: 5 }),
      blockBytes: fc.integer({ min: 1, max: 50_000 }),
      limits: fc.option(
        fc.record({
          pageBytes: fc.integer({ min: 16, max: 20_000 }),
          pageRows: fc.integer({ min: 1, max: 1000 }),
          dictionaryEntries: fc.integer({ min: 1, max: 1000 }),
          dictionaryBytes: fc.integer({ min: 16, max: 20_000 }),
        }),
        { nil: undefined },
      ),
    })
    // Draining byte by byte takes long.
    .map(table => ({ ...table, blockBytes: Math.max(table.rows > 300 ? 100 : 1, table.blockBytes) }))
