import { MAGIC, TAIL_BYTES, writeMetadata } from './footer.ts'
import { THRIFT, ThriftWriter } from './thrift.ts'
import { invalid, ThriftReader } from './thrift-reader.ts'

/** The footer of a file that another program wrote. */
export interface WrittenFooter {
  readonly rows: number
  /** The descriptions of the row groups, as they are in the file. */
  readonly groups: readonly Buffer[]
  /** The other fields of the struct FileMetaData. */
  readonly fields: ReadonlyMap<number, Field>
}

interface Field {
  readonly type: number
  readonly value: Buffer
}

// Fields of the struct FileMetaData in parquet.thrift.
export const SCHEMA = 2
const ROWS = 3
const GROUPS = 4
const METADATA = 5
/** In a row group. */
const ROWS_OF_GROUP = 3

/** @throws VERIFICATION if the bytes are not a footer */
export function parseWrittenFooter(bytes: Buffer): WrittenFooter {
  const reader = new ThriftReader(bytes)
  const fields = new Map<number, Field>()
  const groups: Buffer[] = []
  let rows = 0
  let rowsOfGroups = 0
  reader.fields((field, type) => {
    const start = reader.at
    if (field === ROWS) rows = reader.integer()
    else if (field === GROUPS)
      for (let k = reader.listHeader().count; k > 0; k--) {
        const startOfGroup = reader.at
        rowsOfGroups += reader.struct().number(ROWS_OF_GROUP)
        groups.push(bytes.subarray(startOfGroup, reader.at))
      }
    else {
      reader.skip(type)
      fields.set(field, { type, value: bytes.subarray(start, reader.at) })
    }
  })
  if (rowsOfGroups !== rows) throw invalid(`its row groups do not have the ${rows} rows of the footer`)
  return { rows, groups, fields }
}

/** The fields of a struct that are offsets in the file, or that contain structs with such fields. */
type Offsets = ReadonlyMap<number, 'offset' | Offsets>

/** The fields of ColumnMetaData for data pages, index pages, dictionary page, and Bloom filter. */
const OFFSETS_OF_CHUNK: Offsets = new Map([9, 10, 11, 14].map(field => [field, 'offset']))
const OFFSETS_OF_COLUMN: Offsets = new Map<number, 'offset' | Offsets>([
  [2, 'offset'],
  [3, OFFSETS_OF_CHUNK],
  // The offset index and the column index.
  [4, 'offset'],
  [6, 'offset'],
])
const OFFSETS_OF_GROUP: Offsets = new Map<number, 'offset' | Offsets>([
  [1, OFFSETS_OF_COLUMN],
  [5, 'offset'],
])

/** Describes a row group whose bytes were moved by `distance` in the file. */
export function movedGroup(group: Buffer, distance: number): Buffer {
  const out = new ThriftWriter(group.length + 64)
  move(group, new ThriftReader(group), OFFSETS_OF_GROUP, distance, out)
  return Buffer.from(out.written)
}

function move(
  bytes: Buffer,
  reader: ThriftReader,
  offsets: Offsets,
  distance: number,
  out: ThriftWriter,
): void {
  let copied = reader.at
  const copy = () => {
    out.raw(bytes.subarray(copied, reader.at))
    copied = reader.at
  }
  reader.fields((field, type) => {
    const inside = offsets.get(field)
    if (inside === undefined) return
    copy()
    if (inside === 'offset') {
      const offset = reader.integer()
      // 0 means that there is none.
      out.integer(offset === 0 ? 0 : offset + distance)
    } else {
      const count = type === THRIFT.LIST ? reader.listHeader().count : 1
      copy()
      for (let k = 0; k < count; k++) move(bytes, reader, inside, distance, out)
    }
    copied = reader.at
  })
  copy()
}

/**
 * The end of a file: the footer, its length, and the magic bytes.
 *
 * @param like the footer that the other fields are copied from
 */
export function joinedFooter(
  like: WrittenFooter,
  rows: number,
  groups: readonly Buffer[],
  metadata: readonly (readonly [key: string, value: string])[],
): Buffer {
  const out = new ThriftWriter()
  const written = new Set([...like.fields.keys(), ROWS, GROUPS, METADATA])
  out.begin()
  for (const field of [...written].sort((one, other) => one - other)) {
    const copied = like.fields.get(field)
    if (field === ROWS) out.i64(ROWS, rows)
    else if (field === GROUPS) {
      out.list(GROUPS, THRIFT.STRUCT, groups.length)
      for (const group of groups) out.raw(group)
    } else if (field === METADATA) writeMetadata(out, METADATA, metadata)
    else if (copied !== undefined) out.value(field, copied.type, copied.value)
  }
  out.end()
  const tail = Buffer.alloc(TAIL_BYTES)
  tail.writeUInt32LE(out.length)
  MAGIC.copy(tail, TAIL_BYTES - MAGIC.length)
  out.raw(tail)
  return out.written
}
