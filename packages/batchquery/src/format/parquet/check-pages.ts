import type { PartCheck } from '../format.ts'
import { HEADER_ROOM, PAGE_TYPE } from './page.ts'
import type { ChunkSummary, ParquetFooter } from './read-footer.ts'
import { columnStatistics } from './statistics.ts'
import { invalid, ThriftReader, type ThriftStruct } from './thrift-reader.ts'

/** A page type that only other writers use. */
const DATA_PAGE_V2 = 3

/** A column chunk and its place in the footer. */
interface Chunk extends ChunkSummary {
  readonly column: string
  /** Counts from 0. */
  readonly group: number
}

/** The open page of a chunk. */
interface Page {
  readonly offset: number
  /** Null if the header has none. */
  readonly checksum: number | null
}

const NOTHING = Buffer.alloc(0)

/**
 * Checks the pages of a file while its bytes pass: their checksums, if they have any, and whether they have the values and bytes of the
 * footer. It keeps no page in memory.
 */
export class PageCheck implements PartCheck {
  /** How many pages have ended. */
  pages = 0
  readonly columns: ParquetFooter['columns']
  readonly statistics: PartCheck['statistics']
  readonly #crc32 = process.getBuiltinModule('node:zlib').crc32
  /** Whether every page has one. Other writers leave them out. */
  readonly #needsChecksums: boolean
  /** In the order of the file. */
  readonly #chunks: readonly Chunk[]
  #next = 0
  /** The offset of the next byte. */
  #position = 0
  /** The beginning of a page header whose end has not come yet. */
  #carry: Buffer = NOTHING
  #page: Page | null = null
  /** How many bytes of the open page are still to come. */
  #rest = 0
  #crc = 0
  /** The entries and the bytes before compression of the open chunk. */
  #entries = 0
  #rawBytes = 0

  /** @throws VERIFICATION if columns overlap */
  constructor(footer: ParquetFooter) {
    const { columns, leaves, groups, createdBy } = footer
    this.columns = columns
    this.statistics = columnStatistics(footer)
    this.#needsChecksums = createdBy.startsWith('batchquery ')
    this.#chunks = groups
      .flatMap(({ chunks }, group) =>
        chunks.map((chunk, index) => ({ ...chunk, column: leaves[index].name, group })),
      )
      .toSorted((one, other) => one.offset - other.offset)
    this.#chunks.reduce((end, chunk) => {
      if (chunk.offset < end)
        throw invalid(`${nameOf(chunk)} begins at byte ${chunk.offset}, inside the column before it`)
      return chunk.offset + chunk.bytes
    }, 0)
  }

  add(bytes: Uint8Array): void {
    const added = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const input = this.#carry.length === 0 ? added : Buffer.concat([this.#carry, added])
    this.#carry = NOTHING
    let at = 0
    while (at < input.length) {
      const taken = this.#page === null ? this.#beginPage(input, at) : this.#readPage(input, at)
      if (taken === 0) {
        this.#carry = Buffer.from(input.subarray(at))
        return
      }
      at += taken
      this.#position += taken
      this.#endIfComplete()
    }
  }

  end(): void {
    const chunk = this.#chunks[this.#next]
    if (chunk !== undefined) throw invalid(`it ends before the end of ${nameOf(chunk)}`)
  }

  /** Takes the header of a page, or bytes that belong to no column. Returns 0 if the header is not complete. */
  #beginPage(input: Buffer, at: number): number {
    const chunk = this.#chunks[this.#next]
    const available = input.length - at
    if (chunk === undefined) return available
    if (this.#position < chunk.offset) return Math.min(available, chunk.offset - this.#position)
    const end = chunk.offset + chunk.bytes
    if (available < Math.min(HEADER_ROOM, end - this.#position)) return 0
    const reader = new ThriftReader(input.subarray(at, at + HEADER_ROOM))
    const header = reader.struct()
    const size = header.number(3)
    const page = `the page at byte ${this.#position} of ${nameOf(chunk)}`
    if (size < 0 || this.#position + reader.at + size > end)
      throw invalid(`${page} has ${size} bytes, but the column ends at byte ${end}`)
    if (this.#needsChecksums && !header.has(4)) throw invalid(`${page} has no checksum`)
    this.#page = { offset: this.#position, checksum: header.has(4) ? header.number(4) >>> 0 : null }
    this.#rest = size
    this.#crc = 0
    this.#entries += entriesOf(header)
    this.#rawBytes += reader.at + header.number(2)
    return reader.at
  }

  #readPage(input: Buffer, at: number): number {
    const bytes = input.subarray(at, at + this.#rest)
    this.#crc = this.#crc32(bytes, this.#crc)
    this.#rest -= bytes.length
    return bytes.length
  }

  #endIfComplete(): void {
    if (this.#page !== null && this.#rest === 0) this.#endPage(this.#page)
    let chunk = this.#chunks[this.#next]
    while (chunk !== undefined && this.#page === null && this.#position === chunk.offset + chunk.bytes) {
      this.#endChunk(chunk)
      chunk = this.#chunks[++this.#next]
    }
  }

  #endPage({ offset, checksum }: Page): void {
    this.#page = null
    this.pages++
    if (checksum === null || this.#crc === checksum) return
    throw invalid(
      `the page at byte ${offset} of ${nameOf(this.#chunks[this.#next])} has the checksum ${hex(this.#crc)}, but its header says ${hex(checksum)}`,
    )
  }

  #endChunk(chunk: Chunk): void {
    if (this.#entries !== chunk.entries)
      throw invalid(`${nameOf(chunk)} has ${this.#entries} values, but the footer says ${chunk.entries}`)
    if (this.#rawBytes !== chunk.rawBytes)
      throw invalid(
        `the pages of ${nameOf(chunk)} have ${this.#rawBytes} bytes before compression, but the footer says ${chunk.rawBytes}`,
      )
    this.#entries = 0
    this.#rawBytes = 0
  }
}

/** How many entries the header of a page counts. */
function entriesOf(header: ThriftStruct): number {
  switch (header.number(1)) {
    case PAGE_TYPE.DATA:
      return header.struct(5).number(1)
    case DATA_PAGE_V2:
      return header.struct(8).number(1)
    default:
      return 0
  }
}

const nameOf = ({ column, group }: Chunk): string => `column ${JSON.stringify(column)} in row group ${group}`

const hex = (checksum: number): string => checksum.toString(16).padStart(8, '0')
