import { BatchQueryError } from '../../errors/index.ts'
import { formatNamed } from '../../format/index.ts'
import type { ExportStatement } from '../../sql/index.ts'

const MIB = 1024 * 1024
/** The process without its readers. */
const PROCESS_MIB = 64
/** Each reader, with its blocks and its share of the code. */
const READER_MIB = { rows: 32, columns: 52 }
/** What the plan of a format counts for a process that exports alone. */
const ALONE_MIB = 128
/** The columns of all readers together, as long as each has the least. */
const COLUMNS_MIB = 384
const LEAST_COLUMNS_MIB = 48
/** Rows of partitions that wait in memory, of all readers together, as long as each has the least. */
const PARTITIONS_MIB = 32
const LEAST_PARTITIONS_MIB = 8

/** The memory of one reader, in bytes. */
export interface ReaderShare {
  /** As the plan of a format counts: with what a process takes that exports alone. */
  readonly memoryBytes: number
  /** Holds rows that wait for their partition. */
  readonly bufferBytes: number
}

/**
 * Divides the memory among the readers of an export.
 *
 * @param memoryBytes of the process
 * @throws UNSUPPORTED_CLAUSE if it does not suffice for so many readers
 */
export function readerShare(
  { format, partitionBy }: Pick<ExportStatement, 'format' | 'partitionBy'>,
  readers: number,
  memoryBytes: number,
): ReaderShare {
  const waiting = waitingMib(readers)
  const each = READER_MIB[kindOf(format)] + (partitionBy === null ? 0 : waiting)
  const most = Math.floor((memoryBytes / MIB - PROCESS_MIB) / each)
  if (most < readers) throw tooMany(readers, PROCESS_MIB + readers * each, memoryBytes / MIB, most)
  const columns = Math.max(LEAST_COLUMNS_MIB, COLUMNS_MIB / readers)
  return { memoryBytes: Math.min(memoryBytes, (ALONE_MIB + columns) * MIB), bufferBytes: waiting * MIB }
}

/** The memory of a process that exports alone, by the kind of its encoder. */
const ALONE_PROCESS_MIB = { rows: 160, columns: 256 }
/** The same, if rows wait for their partitions. */
const ALONE_PARTITIONS_MIB = 256

/**
 * How much memory an export needs at most, in bytes, unless a value is very large.
 *
 * @param readers null for an export that one session reads
 */
export function memoryOf(
  { format, partitionBy }: Pick<ExportStatement, 'format' | 'partitionBy'>,
  readers: number | null,
): number {
  const kind = kindOf(format)
  if (readers === null) return (partitionBy === null ? ALONE_PROCESS_MIB[kind] : ALONE_PARTITIONS_MIB) * MIB
  const each = READER_MIB[kind] + (partitionBy === null ? 0 : waitingMib(readers))
  return (PROCESS_MIB + readers * each) * MIB
}

const kindOf = (format: ExportStatement['format']): keyof typeof READER_MIB =>
  formatNamed(format).compressesInside ? 'columns' : 'rows'

/** Rows of partitions that wait in the memory of one of the readers. */
const waitingMib = (readers: number): number => Math.max(LEAST_PARTITIONS_MIB, PARTITIONS_MIB / readers)

const tooMany = (readers: number, needed: number, available: number, most: number): BatchQueryError => {
  const smaller = most >= 2 ? `Write PARALLEL ${most}` : 'Leave PARALLEL out'
  return new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARALLEL ${readers} needs ${Math.ceil(needed)} MiB of memory, but this process may use only ${Math.floor(available)} MiB`,
    { hint: `${smaller}, or raise the memory (--memory).` },
  )
}
