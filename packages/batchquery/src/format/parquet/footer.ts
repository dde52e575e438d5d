import type { CodecName } from './codecs.ts'
import type { ColumnChunk } from './column-chunk.ts'
import { GeoMetadata } from './geo/geo-metadata.ts'
import { ENCODING, PAGE_TYPE, type PageEncoding } from './page.ts'
import { writeColumnIndex, writeOffsetIndex } from './page-index.ts'
import type { RowGroup } from './row-group.ts'
import { writeSchema } from './schema.ts'
import { THRIFT, ThriftWriter } from './thrift.ts'
import { LIST_PATH, leafOf, type ParquetColumn, physicalOf } from './type.ts'

export const MAGIC = Buffer.from('PAR1')
export const TAIL_BYTES = 8
const FORMAT_VERSION = 2

export interface FooterOptions {
  readonly codec: { readonly name: CodecName; readonly id: number }
  /** As readers parse it: `batchquery version 1.0.0 (build abcdef)`. */
  readonly createdBy: string
  /** The entries of every file. Those about geometries are added to them. */
  readonly metadata: readonly (readonly [key: string, value: string])[]
}

/** The entries of a group: a footer of thousands of columns must not be thousands of buffers. */
interface GroupEntry {
  /** Metadata without the places of the indexes, column index, and offset index, chunk by chunk. */
  readonly entries: Buffer
  /** The ends of the three in `entries`. A column index is empty if a page of the chunk has no bounds. */
  readonly ends: Int32Array
  readonly rows: number
  readonly rawBytes: number
  readonly bytes: number
  readonly start: number
}

// The most bytes of the parts of a footer, without texts and bounds.
const FRAME_BYTES = 128
const COLUMN_BYTES = 64
/** In addition, of the schema of a list and of the path of its elements. */
const LIST_BYTES = 64
const TEXT_BYTES = 16
const CHUNK_BYTES = 192
const PAGE_BYTES = 48

/** Gathers what the footer of one file says of its row groups. */
export class Footer {
  rows = 0
  readonly #columns: readonly ParquetColumn[]
  readonly #options: FooterOptions
  readonly #groups: GroupEntry[] = []
  /** The most bytes of the entries of the groups, with their indexes. */
  #groupBytes = 0
  readonly #geo: GeoMetadata
  readonly #out = new ThriftWriter(4096)

  constructor(columns: readonly ParquetColumn[], options: FooterOptions) {
    this.#columns = columns
    this.#options = options
    this.#geo = new GeoMetadata(columns)
  }

  get groups(): number {
    return this.#groups.length
  }

  /** A group whose bytes are all in the file. */
  addGroup({ chunks, rows, starts, bytes, rawBytes }: RowGroup): void {
    this.rows += rows
    this.#groupBytes += this.#mostBytesOf(chunks)
    this.#geo.addGroup(chunks)
    const out = this.#out
    out.reset()
    const ends = new Int32Array(3 * chunks.length)
    chunks.forEach((chunk, index) => {
      this.#writeMetadata(chunk, this.#columns[index], starts[index])
      ends[3 * index] = out.length
      if (chunk.hasAllBounds()) writeColumnIndex(out, chunk)
      ends[3 * index + 1] = out.length
      writeOffsetIndex(out, chunk, starts[index])
      ends[3 * index + 2] = out.length
    })
    this.#groups.push({
      entries: Buffer.from(out.written),
      ends,
      rows,
      rawBytes,
      bytes,
      start: starts[0],
    })
  }

  /** The most bytes of the end of the file if this group becomes a part of it. */
  mostBytesWith({ chunks }: RowGroup): number {
    return this.#mostBytes() + this.#mostBytesOf(chunks)
  }

  #mostBytes(): number {
    const { metadata, createdBy } = this.#options
    const names = this.#columns.reduce((sum, column) => sum + nameBytes(column) + COLUMN_BYTES, 0)
    const texts = metadata.flat().reduce((sum, text) => sum + Buffer.byteLength(text) + TEXT_BYTES, 0)
    return FRAME_BYTES + createdBy.length + names + texts + this.#geo.mostBytes + this.#groupBytes
  }

  #mostBytesOf(chunks: readonly ColumnChunk[]): number {
    return chunks.reduce((sum, { pages }, index) => {
      const bounds = pages.map(({ bound }) => (bound === null ? 0 : bound.min.length + bound.max.length))
      const ofPages = bounds.reduce((bytes, bound) => bytes + bound + PAGE_BYTES, 0)
      // The statistics have the least and the greatest bound of all pages.
      const longest = Math.max(0, ...bounds)
      return sum + nameBytes(this.#columns[index]) + 2 * longest + ofPages + CHUNK_BYTES
    }, 0)
  }

  /** The end of the file: the indexes, the metadata, its length, and the magic bytes. They start at `offset`. */
  write(offset: number): Buffer {
    const out = new ThriftWriter(this.#mostBytes())
    for (const group of this.#groups) writeIndexes(out, group, 0)
    const offsetIndexes = out.length
    for (const group of this.#groups) writeIndexes(out, group, 1)
    const metadata = out.length
    out.begin()
    out.i32(1, FORMAT_VERSION)
    writeSchema(out, 2, this.#columns)
    out.i64(3, this.rows)
    out.list(4, THRIFT.STRUCT, this.#groups.length)
    const next = { columnIndex: offset, offsetIndex: offset + offsetIndexes }
    for (const group of this.#groups) writeGroup(out, group, next)
    writeMetadata(out, 5, [...this.#options.metadata, ...this.#geo.entries])
    out.binary(6, this.#options.createdBy)
    // Without the orders, readers must not use min and max.
    out.list(7, THRIFT.STRUCT, this.#columns.length)
    for (let k = 0; k < this.#columns.length; k++) {
      out.begin()
      out.empty(1)
      out.end()
    }
    out.end()
    const tail = Buffer.alloc(TAIL_BYTES)
    tail.writeUInt32LE(out.length - metadata)
    MAGIC.copy(tail, 4)
    out.raw(tail)
    return out.written
  }

  /** The struct ColumnMetaData. */
  #writeMetadata(chunk: ColumnChunk, column: ParquetColumn, start: number): void {
    const out = this.#out
    const path = column.type.kind === 'list' ? [column.name, ...LIST_PATH] : [column.name]
    const dictionaryBytes = chunk.dictionary.bytes
    const counts = encodingCounts(chunk)
    out.begin()
    out.i32(1, physicalOf(leafOf(column).type).type)
    const encodings = [...new Set([...counts.map(({ encoding }) => encoding), ENCODING.RLE])]
    out.list(2, THRIFT.I32, encodings.length)
    for (const encoding of encodings) out.integer(encoding)
    out.list(3, THRIFT.BINARY, path.length)
    for (const name of path) out.bytes(name)
    out.i32(4, this.#options.codec.id)
    out.i64(5, chunk.entries)
    out.i64(6, chunk.rawBytes)
    out.i64(7, chunk.bytes)
    out.i64(9, start + dictionaryBytes)
    if (dictionaryBytes > 0) out.i64(11, start)
    writeStatistics(out, 12, chunk)
    out.list(13, THRIFT.STRUCT, counts.length)
    for (const { pageType, encoding, count } of counts) {
      out.begin()
      out.i32(1, pageType)
      out.i32(2, encoding)
      out.i32(3, count)
      out.end()
    }
    out.end()
  }
}

/** Writes the key-value metadata. */
export function writeMetadata(
  out: ThriftWriter,
  field: number,
  metadata: readonly (readonly [key: string, value: string])[],
): void {
  if (metadata.length === 0) return
  out.list(field, THRIFT.STRUCT, metadata.length)
  for (const [key, value] of metadata) {
    out.begin()
    out.binary(1, key)
    out.binary(2, value)
    out.end()
  }
}
const nameBytes = ({ name, type }: ParquetColumn): number =>
  Buffer.byteLength(name) + (type.kind === 'list' ? LIST_BYTES : 0)

function writeStatistics(out: ThriftWriter, field: number, chunk: ColumnChunk): void {
  const bound = chunk.bound()
  out.begin(field)
  out.i64(3, chunk.nulls)
  if (chunk.distinct !== null) out.i64(4, chunk.distinct)
  if (bound !== null) {
    out.binary(5, bound.max)
    out.binary(6, bound.min)
    out.bool(7, bound.isMaxExact)
    out.bool(8, bound.isMinExact)
  }
  out.end()
}

function encodingCounts({ pages, dictionary }: ColumnChunk) {
  const count = (wanted: PageEncoding) => ({
    pageType: PAGE_TYPE.DATA,
    encoding: wanted,
    count: pages.filter(({ encoding }) => encoding === wanted).length,
  })
  const ofDictionary = {
    pageType: PAGE_TYPE.DICTIONARY,
    encoding: ENCODING.PLAIN,
    count: dictionary.bytes > 0 ? 1 : 0,
  }
  const ofData = [ENCODING.RLE_DICTIONARY, ENCODING.DELTA_BINARY_PACKED, ENCODING.PLAIN].map(count)
  return [ofDictionary, ...ofData].filter(({ count }) => count > 0)
}

/** Writes the column indexes of a group's chunks, or with `index` 1 the offset indexes. */
function writeIndexes(out: ThriftWriter, { entries, ends }: GroupEntry, index: 0 | 1): void {
  for (let k = index; k + 1 < ends.length; k += 3) out.raw(entries.subarray(ends[k], ends[k + 1]))
}

/** @param next the places in the file of the group's first indexes. They become those of the next group */
function writeGroup(
  out: ThriftWriter,
  { entries, ends, rows, rawBytes, bytes, start }: GroupEntry,
  next: { columnIndex: number; offsetIndex: number },
): void {
  out.begin()
  out.list(1, THRIFT.STRUCT, ends.length / 3)
  for (let k = 0, from = 0; k < ends.length; from = ends[k + 2], k += 3) {
    const columnIndexBytes = ends[k + 1] - ends[k]
    const offsetIndexBytes = ends[k + 2] - ends[k + 1]
    out.begin()
    out.i64(2, 0)
    out.struct(3, entries.subarray(from, ends[k]))
    out.i64(4, next.offsetIndex)
    out.i32(5, offsetIndexBytes)
    if (columnIndexBytes > 0) {
      out.i64(6, next.columnIndex)
      out.i32(7, columnIndexBytes)
    }
    out.end()
    next.columnIndex += columnIndexBytes
    next.offsetIndex += offsetIndexBytes
  }
  out.i64(2, rawBytes)
  out.i64(3, rows)
  out.i64(5, start)
  out.i64(6, bytes)
  out.end()
}
