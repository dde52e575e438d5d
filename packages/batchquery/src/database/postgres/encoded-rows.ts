import type { Encoder } from '../../format/index.ts'
import { TextRows } from '../text-rows.ts'
import { COPY_ROW, type CopyRows, HEADER_BYTES, rowWithoutEnd } from './copy-rows.ts'
import { TextLoop } from './text-loop.ts'

const LF = 0x0a
/** How many values are found before the encoder gets them. */
const VALUES_AT_ONCE = 16 * 1024
const NO_BYTES = Buffer.alloc(0)

/** Reads the values out of the rows of COPY in FORMAT text, and passes them to an encoder. */
export class EncodedRows implements CopyRows {
  rows = 0
  readonly #encoder: Encoder
  readonly #text: TextRows
  readonly #columns: number
  /** For whole rows of an encoder with `inline`. */
  readonly #loop: TextLoop | null
  readonly #most: number
  /** The places in rows that lie one after the other in a chunk and have no escapes. */
  readonly #places: Int32Array
  /** The start of each row's message, and of the message after the last row. */
  readonly #messages: Int32Array
  /** A short row that the end of a chunk has cut. */
  #cut = NO_BYTES
  #cutBytes = 0
  #isCut = false
  /** The bytes of the row in pieces that are still to come. */
  #remaining = 0

  constructor(encoder: Encoder, columns: number) {
    this.#encoder = encoder
    this.#text = new TextRows(encoder, columns)
    this.#columns = columns
    this.#loop = encoder.inline === null || columns === 0 ? null : new TextLoop(encoder.inline)
    this.#most = Math.max(1, Math.floor(VALUES_AT_ONCE / Math.max(1, columns)))
    this.#places = new Int32Array(2 * columns * this.#most)
    this.#messages = new Int32Array(this.#most + 1)
  }

  whole(chunk: Buffer, start: number): number {
    let at = start
    for (;;) {
      if (this.#loop === null) {
        const found = this.#find(chunk, at)
        const taken = found === 0 ? 0 : this.#encoder.rows(chunk, this.#places, found)
        this.rows += taken
        at = this.#messages[taken]
        if (taken < found) return at
      } else {
        at = this.#loop.take(chunk, at)
        this.rows += this.#loop.taken
      }
      const end = this.#rowEnd(chunk, at)
      if (end < 0 || !this.#text.row(chunk, at + HEADER_BYTES, end)) return at
      this.rows++
      at = end
    }
  }

  /** Finds the rows from `start` on, up to the first one with an escape. @returns how many */
  #find(chunk: Buffer, start: number): number {
    const step = 2 * this.#columns
    let rows = 0
    let at = start
    this.#messages[0] = at
    while (rows < this.#most) {
      const end = this.#rowEnd(chunk, at)
      if (end < 0) break
      if (!this.#text.find(chunk, at + HEADER_BYTES, end - 1, this.#places, rows * step)) break
      at = end
      this.#messages[++rows] = at
    }
    return rows
  }

  /** Returns the end of the message at `at` if it is a row that lies whole in the chunk and is not too long; otherwise -1. */
  #rowEnd(chunk: Buffer, at: number): number {
    const row = at + HEADER_BYTES
    if (row >= chunk.length || chunk[at] !== COPY_ROW) return -1
    const end = at + 1 + chunk.readUInt32BE(at + 1)
    if (end > chunk.length || end - row > this.#text.mostWholeBytes) return -1
    if (end <= row || chunk[end - 1] !== LF) throw rowWithoutEnd()
    return end
  }

  start(bytes: number): boolean {
    this.#remaining = bytes
    this.#cutBytes = 0
    this.#isCut = bytes <= this.#text.mostWholeBytes
    return this.#isCut || this.#text.startPieces(bytes, bytes)
  }

  piece(chunk: Buffer, start: number, end: number): number {
    return this.#isCut ? this.#gather(chunk, start, end) : this.#pass(chunk, start, end)
  }

  #gather(chunk: Buffer, start: number, end: number): number {
    if (this.#cut === NO_BYTES) this.#cut = Buffer.allocUnsafeSlow(this.#text.mostWholeBytes)
    const bytes = this.#cutBytes + chunk.copy(this.#cut, this.#cutBytes, start, end)
    const isWhole = end - start === this.#remaining
    // a new view each time, as `Encoder` asks for
    if (isWhole && !this.#takeCut(this.#cut.subarray(0, bytes))) return start
    this.#cutBytes = bytes
    this.#remaining -= end - start
    return end
  }

  #takeCut(row: Buffer): boolean {
    if (row.at(-1) !== LF) throw rowWithoutEnd()
    if (!this.#text.row(row, 0, row.length)) return false
    this.rows++
    return true
  }

  #pass(chunk: Buffer, start: number, end: number): number {
    const hasEnd = end - start === this.#remaining
    const stop = hasEnd ? end - 1 : end
    const at = this.#text.piece(chunk, start, stop)
    this.#remaining -= at - start
    if (!hasEnd || at < stop) return at
    if (chunk[stop] !== LF) throw rowWithoutEnd()
    if (!this.#text.endPieces()) return at
    this.rows++
    return end
  }
}
