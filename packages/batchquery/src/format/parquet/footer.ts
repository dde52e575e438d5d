import type { CodecName } from './codecs.ts'
import type { ColumnChunk } from './column-chunk.ts'
import { ENCODING, PAGE_TYPE, type PageEncoding } from './page.ts'
import { writeColumnIndex, writeOffsetIndex } from './page-index.ts'
import type { RowGroup } from './row-group.ts'
import { writeSchema } from './schema.ts'
import { THRIFT, ThriftWriter } from './thrift.ts'
import { type ParquetColumn, physicalOf } from './type.ts'

export const MAGIC = Buffer.from('PAR1')
export const TAIL_BYTES = 8
const FORMAT_VERSION = 2

export interface FooterOptions {
  readonly codec: { readonly name: CodecName; readonly id: number }
  /** As readers parse it: `batchquery version 1.0.0 (build abcdef)`. */
  readonly createdBy: string
  readonly metadata: readonly (readonly [key: string, value: string])[]
}

/** The footer's part about a chunk, without the places of its indexes. */
interface ChunkEntry {
  readonly metadata: Buffer
  readonly offsetIndex: Buffer
  /** Null if a page has no bounds. */
  readonly columnIndex: Buffer | null
}

interface GroupEntry {
  readonly chunks: readonly ChunkEntry[]
  readonly rows: number
  readonly rawBytes: number
  readonly bytes: number
  readonly start: number
}

// The most bytes of the parts of a footer, without texts and bounds.
const FRAME_BYTES = 128
const COLUMN_BYTES = 64
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
  readonly #out = new ThriftWriter(4096)

  constructor(columns: readonly ParquetColumn[], options: FooterOptions) {
    this.#columns = columns
    this.#options = options
  }

  get groups(): number {
    return this.#groups.length
  }

  /** A group whose bytes are all in the file. */
  addGroup({ chunks, rows, starts, bytes }: RowGroup): void {
    this.rows += rows
    this.#groupBytes += this.#mostBytesOf(chunks)
    this.#groups.push({
      chunks: chunks.map((chunk, index) => this.#chunkEntry(chunk, this.#columns[index], starts[index])),
      rows,
      rawBytes: chunks.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
      bytes,
      start: starts[0],
    })
  }

  /** The most bytes of the end of the file if this group becomes a part of it. */
  mostBytesWith({ chunks }: RowGroup): number {
    const { metadata, createdBy } = this.#options
    const names = this.#columns.reduce((sum, { name }) => sum + Buffer.byteLength(name) + COLUMN_BYTES, 0)
    const texts = metadata.flat().reduce((sum, text) => sum + Buffer.byteLength(text) + TEXT_BYTES, 0)
    return FRAME_BYTES + createdBy.length + names + texts + this.#groupBytes + this.#mostBytesOf(chunks)
  }

  #mostBytesOf(chunks: readonly ColumnChunk[]): number {
    return chunks.reduce((sum, { pages }, index) => {
      const bounds = pages.map(({ bound }) => (bound === null ? 0 : bound.min.length + bound.max.length))
      const ofPages = bounds.reduce((bytes, bound) => bytes + bound + PAGE_BYTES, 0)
      // The statistics have the least and the greatest bound of all pages.
      const longest = Math.max(0, ...bounds)
      return sum + Buffer.byteLength(this.#columns[index].name) + 2 * longest + ofPages + CHUNK_BYTES
    }, 0)
  }

  /** The end of the file: the indexes, the metadata, its length, and the magic bytes. They start at `offset`. */
  write(offset: number): Buffer {
    const indexes = new ThriftWriter(4096)
    const columnIndexes = this.#groups.map(({ chunks }) =>
      chunks.map(({ columnIndex }) => placed(indexes, columnIndex, offset)),
    )
    const offsetIndexes = this.#groups.map(({ chunks }) =>
      chunks.map(({ offsetIndex }) => placed(indexes, offsetIndex, offset)),
    )
    const out = this.#out
    out.reset()
    out.begin()
    out.i32(1, FORMAT_VERSION)
    writeSchema(out, 2, this.#columns)
    out.i64(3, this.rows)
    out.list(4, THRIFT.STRUCT, this.#groups.length)
    this.#groups.forEach((group, k) => {
      writeGroup(out, group, columnIndexes[k], offsetIndexes[k])
    })
    if (this.#options.metadata.length > 0) {
      out.list(5, THRIFT.STRUCT, this.#options.metadata.length)
      for (const [key, value] of this.#options.metadata) {
        out.begin()
        out.binary(1, key)
        out.binary(2, value)
        out.end()
      }
    }
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
    tail.writeUInt32LE(out.length)
    MAGIC.copy(tail, 4)
    return Buffer.concat([indexes.written, out.written, tail])
  }

  #chunkEntry(chunk: ColumnChunk, column: ParquetColumn, start: number): ChunkEntry {
    const out = this.#out
    const written = (write: () => void): Buffer => {
      out.reset()
      write()
      return Buffer.from(out.written)
    }
    return {
      metadata: written(() => this.#writeMetadata(chunk, column, start)),
      offsetIndex: written(() => writeOffsetIndex(out, chunk, start)),
      columnIndex: chunk.hasAllBounds() ? written(() => writeColumnIndex(out, chunk)) : null,
    }
  }

  /** The struct ColumnMetaData. */
  #writeMetadata(chunk: ColumnChunk, { name, type }: ParquetColumn, start: number): void {
    const out = this.#out
    const dictionaryBytes = chunk.dictionary.bytes
    const counts = encodingCounts(chunk)
    out.begin()
    out.i32(1, physicalOf(type).type)
    const encodings = [...new Set([...counts.map(({ encoding }) => encoding), ENCODING.RLE])]
    out.list(2, THRIFT.I32, encodings.length)
    for (const encoding of encodings) out.integer(encoding)
    out.list(3, THRIFT.BINARY, 1)
    out.bytes(name)
    out.i32(4, this.#options.codec.id)
    out.i64(5, chunk.rows)
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
  return [ofDictionary, count(ENCODING.RLE_DICTIONARY), count(ENCODING.PLAIN)].filter(
    ({ count }) => count > 0,
  )
}

interface Place {
  readonly offset: number
  readonly bytes: number
}

function placed(indexes: ThriftWriter, index: Buffer | null, offset: number): Place | null {
  if (index === null) return null
  const place = { offset: offset + indexes.length, bytes: index.length }
  indexes.raw(index)
  return place
}

function writeGroup(
  out: ThriftWriter,
  { chunks, rows, rawBytes, bytes, start }: GroupEntry,
  columnIndexes: readonly (Place | null)[],
  offsetIndexes: readonly (Place | null)[],
): void {
  out.begin()
  out.list(1, THRIFT.STRUCT, chunks.length)
  chunks.forEach(({ metadata }, k) => {
    const offsetIndex = offsetIndexes[k]
    const columnIndex = columnIndexes[k]
    out.begin()
    out.i64(2, 0)
    out.struct(3, metadata)
    if (offsetIndex !== null) {
      out.i64(4, offsetIndex.offset)
      out.i32(5, offsetIndex.bytes)
    }
    if (columnIndex !== null) {
      out.i64(6, columnIndex.offset)
      out.i32(7, columnIndex.bytes)
    }
    out.end()
  })
  out.i64(2, rawBytes)
  out.i64(3, rows)
  out.i64(5, start)
  out.i64(6, bytes)
  out.end()
}
