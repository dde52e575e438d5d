import type { Bounds } from './bounds.ts'
import { packDeltas } from './deltas.ts'
import type { Levels } from './levels.ts'
import type { ColumnLimits } from './limits.ts'
import { boundsFor } from './number-bounds.ts'
import { ENCODING, PAGE_TYPE, type PageEncoding, type PageTaker, type RawPage } from './page.ts'
import { PageBuffer, packBooleans } from './page-buffer.ts'
import { PHYSICAL, type Physical } from './type.ts'

const FIRST_BYTES = 512
/** A page of at most so many bytes gets all its memory at once: growing, thousands of them would leave holes everywhere. */
const SMALL = 64 << 10
/** Word writes of readers go past the end. */
export const SLACK = 8

/** The data page that a column collects: levels, values, and their bounds. */
export class OpenPage {
  buffer: PageBuffer
  readonly levels: Levels
  readonly bounds: Bounds
  /** The first byte of the values. The levels are written right before it when the page ends, so the page is one range. */
  readonly start: number
  /** Raw bytes of the pages of the group that have ended. */
  closedBytes = 0
  readonly #physical: Physical
  readonly #pages: PageTaker
  /** The bytes of a new buffer, and the most of one, except for one long value. */
  readonly #firstBytes: number
  readonly #mostBytes: number

  constructor(physical: Physical, limits: ColumnLimits, levels: Levels, pages: PageTaker) {
    this.levels = levels
    this.#physical = physical
    this.#pages = pages
    this.bounds = boundsFor(physical.order)
    this.start = levels.room(limits.pageRows)
    this.#mostBytes = this.start + limits.pageBytes + SLACK
    this.#firstBytes = this.#mostBytes <= SMALL ? this.#mostBytes : this.start + FIRST_BYTES
    this.buffer = new PageBuffer(this.#firstBytes)
    this.buffer.at = this.start
  }

  /** The bytes of the values. */
  get bytes(): number {
    return this.buffer.at - this.start
  }

  /** Makes room for values of `bytes` bytes, and returns the memory. A page with a row of its own grows in long steps. */
  room(bytes: number, isOneRow: boolean): PageBuffer {
    const most = isOneRow ? 2 * this.buffer.bytes.length : this.#mostBytes
    this.buffer.room(bytes + SLACK, most)
    return this.buffer
  }

  /** Uses memory for one row with values of `bytes` bytes, their lengths included. The page must be empty. */
  useLong(bytes: number, entries: number): void {
    this.buffer = this.#pages.long(this.start + bytes + this.levels.room(entries) + SLACK)
    this.buffer.at = this.start
  }

  /** Ends the page of indices, which must have rows, and begins the next one. */
  closeIndices(): void {
    this.#close(ENCODING.RLE_DICTIONARY)
  }

  /** Ends the page of plain values, which must have rows, and begins the next one. */
  closeValues(): void {
    this.#close(this.#pack())
  }

  /** Packs values that get smaller by it. */
  #pack(): PageEncoding {
    const { buffer, start } = this
    switch (this.#physical.type) {
      case PHYSICAL.BOOLEAN:
        packBooleans(buffer, start)
        return ENCODING.PLAIN
      case PHYSICAL.INT32:
        return packDeltas(buffer, start, 4, this.#pages.codec) ? ENCODING.DELTA_BINARY_PACKED : ENCODING.PLAIN
      case PHYSICAL.INT64:
        return packDeltas(buffer, start, 8, this.#pages.codec) ? ENCODING.DELTA_BINARY_PACKED : ENCODING.PLAIN
      default:
        return ENCODING.PLAIN
    }
  }

  #close(encoding: PageEncoding): void {
    const { buffer, levels } = this
    const { rows, entries, nulls } = levels
    const start = levels.write(buffer, this.start)
    const bound = this.bounds.take()
    this.#give({ type: PAGE_TYPE.DATA, encoding, rows, entries, nulls, bound, buffer, start, end: buffer.at })
  }

  /** Adds the group's dictionary page. The open page must be empty. */
  addDictionary(entries: number, { bytes, at }: PageBuffer): void {
    const { buffer, start } = this
    buffer.room(at)
    bytes.copy(buffer.bytes, start, 0, at)
    const { PLAIN: encoding } = ENCODING
    const page = { type: PAGE_TYPE.DICTIONARY, encoding, rows: 0, entries, nulls: 0, bound: null }
    this.#give({ ...page, buffer, start, end: start + at })
  }

  #give(page: RawPage): void {
    this.closedBytes += page.end - page.start
    const next = this.#pages.take(page, this.#firstBytes)
    const isUsual = next.bytes.length >= this.#firstBytes && next.bytes.length <= 2 * this.#mostBytes
    this.buffer = isUsual ? next : new PageBuffer(this.#firstBytes)
    this.buffer.at = this.start
  }
}
