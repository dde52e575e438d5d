import type { ColumnLimits } from '../../src/format/parquet/column-limits.ts'
import type { CodecName } from '../../src/format/parquet/index.ts'
import { Random } from '../unit/format/parquet/random.ts'
import {
  type NullPattern,
  SAMPLE_COLUMNS,
  type Sample,
  sampleRows,
} from '../unit/format/parquet/sample-columns.ts'
import { writeFile } from '../unit/format/parquet/write-file.ts'

/** A table of samples, described so that another process can write it. */
export interface Case {
  readonly seed: number
  /** Indexes of SAMPLE_COLUMNS. */
  readonly columns: readonly number[]
  readonly rows: number
  readonly pattern: NullPattern
  readonly codec: CodecName
  readonly groupBytes: number
  readonly batches: readonly number[]
  readonly limits?: ColumnLimits
}

export const ALL_COLUMNS: readonly number[] = SAMPLE_COLUMNS.map((_, index) => index)

/** Pages and dictionaries so small that a small table has many. */
export const SMALL_PAGES: ColumnLimits = {
  pageBytes: 1000,
  pageRows: 64,
  dictionaryEntries: 50,
  dictionaryBytes: 2000,
}

export const columnsOf = (table: Case) => table.columns.map(index => SAMPLE_COLUMNS[index].column)

export const samplesOf = (table: Case): readonly (readonly (Sample | null)[])[] =>
  sampleRows(
    table.rows,
    table.pattern,
    new Random(table.seed),
    table.columns.map(index => SAMPLE_COLUMNS[index]),
  )

export const writeCase = (table: Case): Promise<Buffer> =>
  writeFile(
    columnsOf(table),
    samplesOf(table).map(row => row.map(sample => sample?.wire ?? null)),
    { ...table, blockBytes: 10_000 },
  )
