import type { PartColumn, ReadRange } from '../format.ts'
import { MAGIC, TAIL_BYTES } from './footer.ts'
import { LOGICAL } from './schema.ts'
import { invalid, ThriftReader, type ThriftStruct } from './thrift-reader.ts'
import { PHYSICAL } from './type.ts'

export interface ParquetFooter {
  readonly rows: number
  readonly createdBy: string
  readonly metadata: ReadonlyMap<string, string>
  /** A type is written as INT64, DECIMAL(10,2), TIMESTAMP(MICROS, UTC). */
  readonly columns: readonly PartColumn[]
  readonly groups: readonly GroupSummary[]
}

export interface GroupSummary {
  readonly rows: number
  readonly chunks: readonly ChunkSummary[]
}

/** The bytes of one column in a row group. */
export interface ChunkSummary {
  readonly offset: number
  readonly bytes: number
  /** Before compression. */
  readonly rawBytes: number
}

/** Nearly every footer fits, so that one request is enough. */
const LIKELY_BYTES = 64 * 1024
/** Much more than the footer of thousands of columns in a part of the default size. */
const MOST_BYTES = 256 * 1024 * 1024

/**
 * Reads the footer of a Parquet file of flat columns.
 *
 * @param size of the file, in bytes
 * @throws VERIFICATION if it is no such file
 */
export async function readFooter(size: number, read: ReadRange): Promise<ParquetFooter> {
  if (size < MAGIC.length + TAIL_BYTES) throw invalid(`it has ${size} bytes`)
  const end = await read(size - Math.min(size, LIKELY_BYTES), Math.min(size, LIKELY_BYTES))
  const tail = end.subarray(end.length - TAIL_BYTES)
  if (tail.length < TAIL_BYTES || !tail.subarray(4).equals(MAGIC)) throw invalid('it does not end with PAR1')
  const length = tail.readUInt32LE()
  const start = size - TAIL_BYTES - length
  if (start < MAGIC.length) throw invalid(`its footer has ${length} bytes, and the file has ${size}`)
  if (length > MOST_BYTES) throw invalid(`its footer has ${length} bytes, more than ${MOST_BYTES}`)
  const fetched = end.length - TAIL_BYTES
  const bytes = length <= fetched ? end.subarray(fetched - length, fetched) : await read(start, length)
  if (bytes.length < length) throw invalid(`it ends within its footer of ${length} bytes`)
  return footerOf(new ThriftReader(bytes), start)
}

const ROW_GROUPS = 4

function footerOf(reader: ThriftReader, dataEnd: number): ParquetFooter {
  const groups: GroupSummary[] = []
  // A footer of many columns and groups is large in memory, so one group after the other becomes a summary.
  const file = reader.struct(0, new Map([[ROW_GROUPS, group => groups.push(groupOf(group, dataEnd))]]))
  const [root, ...columns] = file.structs(2)
  if (root === undefined || root.number(5) !== columns.length) throw invalid('its columns are nested')
  for (const { chunks } of groups)
    if (chunks.length !== columns.length)
      throw invalid(`a row group has ${chunks.length} columns, and the file has ${columns.length}`)
  const rows = file.number(3)
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
    throw invalid(`its row groups do not have the ${rows} rows of the footer`)
  return {
    rows,
    createdBy: file.has(6) ? file.text(6) : '',
    metadata: new Map(
      file.has(5) ? file.structs(5).map(pair => [pair.text(1), pair.has(2) ? pair.text(2) : '']) : [],
    ),
    columns: columns.map(column => ({ name: column.text(4), type: typeOf(column) })),
    groups,
  }
}

function groupOf(group: ThriftStruct, dataEnd: number): GroupSummary {
  const chunks = group.structs(1).map(chunk => {
    const metadata = chunk.struct(3)
    const offset = metadata.has(11) ? Math.min(metadata.number(11), metadata.number(9)) : metadata.number(9)
    const bytes = metadata.number(7)
    if (offset < MAGIC.length || bytes < 0 || offset + bytes > dataEnd)
      throw invalid(`a column has ${bytes} bytes at ${offset}, and the data ends at ${dataEnd}`)
    refuseIndexBeyond(dataEnd, chunk)
    return { offset, bytes, rawBytes: metadata.number(6) }
  })
  return { rows: group.number(3), chunks }
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
      throw invalid(`an index has ${length} bytes at ${offset}, and the footer begins at ${dataEnd}`)
  }
}

const PHYSICAL_NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(PHYSICAL).map(([name, number]) => [number, name])),
  [PHYSICAL.FIXED]: 'FIXED_LEN_BYTE_ARRAY',
}

function typeOf(column: ThriftStruct): string {
  const physical = PHYSICAL_NAMES[column.number(1)] ?? `type ${column.number(1)}`
  if (!column.has(10)) return physical
  const logical = column.struct(10)
  const [field] = logical.fields
  const parameters = logical.struct(field)
  switch (field) {
    case LOGICAL.STRING:
      return 'STRING'
    case LOGICAL.JSON:
      return 'JSON'
    case LOGICAL.DATE:
      return 'DATE'
    case LOGICAL.DECIMAL:
      return `DECIMAL(${parameters.number(2)},${parameters.number(1)})`
    case LOGICAL.INTEGER:
      return `${parameters.boolean(2) ? '' : 'U'}INT${parameters.number(1)}`
    case LOGICAL.UUID:
      return 'UUID'
    case LOGICAL.TIME:
      return `TIME(MICROS, ${parameters.boolean(1) ? 'UTC' : 'local'})`
    case LOGICAL.TIMESTAMP:
      return `TIMESTAMP(MICROS, ${parameters.boolean(1) ? 'UTC' : 'local'})`
    default:
      return physical
  }
}
