import type { PartColumn, ReadRange } from '../format.ts'
import { MAGIC, TAIL_BYTES } from './footer.ts'
import { type Leaf, readSchema } from './read-schema.ts'
import { invalid, ThriftReader, type ThriftStruct } from './thrift-reader.ts'
import { PHYSICAL } from './type.ts'

export interface ParquetFooter {
  readonly rows: number
  readonly createdBy: string
  readonly metadata: ReadonlyMap<string, string>
  /** A type is written as INT64, DECIMAL(10,2), TIMESTAMP(MICROS, UTC), LIST(INT32), INT32 NOT NULL. */
  readonly columns: readonly PartColumn[]
  /** In the order of a group's chunks. A flat column has one. */
  readonly leaves: readonly Leaf[]
  readonly groups: readonly GroupSummary[]
}

export interface GroupSummary {
  readonly rows: number
  readonly chunks: readonly ChunkSummary[]
}

/** The bytes of a leaf in a row group. */
export interface ChunkSummary {
  readonly offset: number
  readonly bytes: number
  /** Values, NULLs, and lists without elements. */
  readonly entries: number
  /** Before compression. */
  readonly rawBytes: number
  readonly statistics: ChunkStatistics
}

/** The statistics of a chunk, as its footer has them. A bound may be any value that no value of the chunk passes. */
export interface ChunkStatistics {
  readonly nulls: number | null
  /** Null if there is none, or if it is not the value itself. */
  readonly min: Buffer | null
  readonly max: Buffer | null
}

/** Nearly every footer fits, so that one request is enough. */
const LIKELY_BYTES = 64 * 1024
/** Much more than the footer of thousands of columns in a part of the default size. */
const MOST_BYTES = 256 * 1024 * 1024

/**
 * Reads the footer of a Parquet file.
 *
 * @param size of the file, in bytes
 * @throws VERIFICATION if it is not such a file
 */
export async function readFooter(size: number, read: ReadRange): Promise<ParquetFooter> {
  if (size < MAGIC.length + TAIL_BYTES) throw invalid(`it has ${size} bytes`)
  const end = await read(size - Math.min(size, LIKELY_BYTES), Math.min(size, LIKELY_BYTES))
  const tail = end.subarray(end.length - TAIL_BYTES)
  if (tail.length < TAIL_BYTES || !tail.subarray(4).equals(MAGIC)) throw invalid('it does not end with PAR1')
  const length = tail.readUInt32LE()
  const start = size - TAIL_BYTES - length
  if (start < MAGIC.length) throw invalid(`its footer has ${length} bytes, but the file has ${size}`)
  if (length > MOST_BYTES) throw invalid(`its footer has ${length} bytes, more than ${MOST_BYTES}`)
  const fetched = end.length - TAIL_BYTES
  const bytes = length <= fetched ? end.subarray(fetched - length, fetched) : await read(start, length)
  if (bytes.length < length) throw invalid(`it ends inside its footer of ${length} bytes`)
  return footerOf(new ThriftReader(bytes), start)
}

const ROW_GROUPS = 4

function footerOf(reader: ThriftReader, dataEnd: number): ParquetFooter {
  const groups: GroupSummary[] = []
  // A footer of many columns and groups is large in memory, so one group after the other becomes a summary.
  const file = reader.struct(0, new Map([[ROW_GROUPS, group => groups.push(groupOf(group, dataEnd))]]))
  const { columns, leaves } = readSchema(file.structs(2))
  for (const group of groups) checkChunks(group, leaves)
  const rows = file.number(3)
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
    throw invalid(`its row groups do not have the ${rows} rows of the footer`)
  return {
    rows,
    createdBy: file.has(6) ? file.text(6) : '',
    metadata: new Map(
      file.has(5) ? file.structs(5).map(pair => [pair.text(1), pair.has(2) ? pair.text(2) : '']) : [],
    ),
    columns,
    leaves,
    groups,
  }
}

/** @throws VERIFICATION if a group does not have a chunk for each leaf, or a flat column has other entries than the group has rows */
function checkChunks({ rows, chunks }: GroupSummary, leaves: readonly Leaf[]): void {
  if (chunks.length !== leaves.length)
    throw invalid(`a row group has ${chunks.length} columns, but the file has ${leaves.length}`)
  leaves.forEach(({ name, isFlat }, index) => {
    const { entries } = chunks[index]
    if (isFlat && entries !== rows)
      throw invalid(`column ${JSON.stringify(name)} has ${entries} values in a row group of ${rows} rows`)
  })
}

function groupOf(group: ThriftStruct, dataEnd: number): GroupSummary {
  const chunks = group.structs(1).map(chunk => {
    const metadata = chunk.struct(3)
    const offset = metadata.has(11) ? Math.min(metadata.number(11), metadata.number(9)) : metadata.number(9)
    const bytes = metadata.number(7)
    if (offset < MAGIC.length || bytes < 0 || offset + bytes > dataEnd)
      throw invalid(`a column has ${bytes} bytes at ${offset}, but the data ends at ${dataEnd}`)
    refuseIndexBeyond(dataEnd, chunk)
    return {
      ...{ offset, bytes, entries: metadata.number(5), rawBytes: metadata.number(6) },
      statistics: statisticsOf(metadata),
    }
  })
  return { rows: group.number(3), chunks }
}

const NO_STATISTICS: ChunkStatistics = { nulls: null, min: null, max: null }

/** Other writers do not say whether a bound is the value itself. The bound of a type without texts always is. */
function statisticsOf(metadata: ThriftStruct): ChunkStatistics {
  if (!metadata.has(12)) return NO_STATISTICS
  const statistics = metadata.struct(12)
  const mayBeCut = metadata.number(1) === PHYSICAL.BYTE_ARRAY
  const bound = (field: number, isExact: number): Buffer | null =>
    statistics.has(field) && (statistics.has(isExact) ? statistics.boolean(isExact) : !mayBeCut)
      ? statistics.bytes(field)
      : null
  return { nulls: statistics.has(3) ? statistics.number(3) : null, min: bound(6, 8), max: bound(5, 7) }
}

/** The fields of a chunk with offset and length of its offset index and its column index. */
const INDEXES = [
  { offset: 4, length: 5 },
  { offset: 6, length: 7 },
] as const

function refuseIndexBeyond(dataEnd: number, chunk: ThriftStruct): void {
  for (const field of INDEXES) {
    if (!chunk.has(field.offset)) continue
    const [offset, length] = [chunk.number(field.offset), chunk.number(field.length)]
    if (offset < MAGIC.length || length < 0 || offset + length > dataEnd)
      throw invalid(`an index has ${length} bytes at ${offset}, but the footer begins at ${dataEnd}`)
  }
}
