import type { Encoder } from '../../format/index.ts'
import { COPY_SIGNATURE, COUNT_BYTES, END_OF_ROWS, LENGTH_BYTES, malformedRow, NULL } from './binary-copy.ts'
import { BinaryRowInPieces } from './binary-row-in-pieces.ts'
import { COPY_ROW, type CopyRows, HEADER_BYTES } from './copy-rows.ts'

/** How many values are found before the encoder gets them. */
const VALUES_AT_ONCE = 16 * 1024
const NO_BYTES = Buffer.alloc(0)

/**
 * Finds the values in the rows of COPY in FORMAT binary, and passes them to an encoder. Each row is a message. The first message begins
 * with a signature, and the last one only says that the rows are over.
 */
export class BinaryRows implements CopyRows {
  rows = 0
  readonly #encoder: Encoder
  readonly #columns: number
  /** The longest message that is read as a whole. Longer ones are passed on in pieces. */
  readonly #mostBytes: number
  readonly #inPieces: BinaryRowInPieces
  /** The places of values in rows that lie one after the other in a chunk. */
  readonly #places: Int32Array
  /** The start of each row's message, and of the message after the last row. */
  readonly #messages: Int32Array
  #hasSignature = false
  /** A message that the end of a chunk has cut. */
  #cut = NO_BYTES
  #cutBytes = 0
  #isCut = false
  /** The bytes of the message that are still to come, if it comes in pieces. */
  #remaining = 0

  constructor(encoder: Encoder, columns: number) {
    const most = Math.max(1, Math.floor(VALUES_AT_ONCE / columns))
    this.#encoder = encoder
    this.#columns = columns
    // at least the message that only says that there are no rows
    this.#mostBytes = Math.max(COPY_SIGNATURE.length + COUNT_BYTES, encoder.mostRowBytes)
    this.#inPieces = new BinaryRowInPieces(encoder, columns)
    this.#places = new Int32Array(2 * columns * most)
    this.#messages = new Int32Array(most + 1)
  }

  whole(chunk: Buffer, start: number): number {
    let at = start
    for (;;) {
      const found = this.#hasSignature ? this.#find(chunk, at) : 0
      if (found > 0) {
        const taken = this.#encoder.rows(chunk, this.#places, found)
        this.rows += taken
        at = this.#messages[taken]
        if (taken < found) return at
      } else {
        const end = this.#messageEnd(chunk, at)
        if (end < 0 || !this.#message(chunk, at + HEADER_BYTES, end)) return at
        at = end
      }
    }
  }

  /** Finds the rows from `start` on, up to a message that is not a row or not whole. Returns how many. */
  #find(chunk: Buffer, start: number): number {
    const view = viewOf(chunk)
    const most = (this.#messages.length - 1) | 0
    const columns = this.#columns | 0
    let rows = 0 | 0
    let at = start | 0
    this.#messages[0] = at
    while (rows < most) {
      const end = this.#messageEnd(chunk, at) | 0
      const row = (at + HEADER_BYTES) | 0
      if (end < row + COUNT_BYTES || view.getInt16(row) !== columns) break
      this.#findValues(view, row, end, (rows * 2 * columns) | 0)
      rows = (rows + 1) | 0
      at = end
      this.#messages[rows] = at
    }
    return rows
  }

  /** Writes the places of a row's values to `places`, from `first` on. */
  #findValues(view: DataView, start: number, end: number, first: number): void {
    const places = this.#places
    const lastPlace = (first + 2 * this.#columns) | 0
    const lastLength = (end - LENGTH_BYTES) | 0
    let at = (start + COUNT_BYTES) | 0
    for (let place = first | 0; place < lastPlace; place = (place + 2) | 0) {
      if (at > lastLength) throw malformedRow()
      const length = view.getInt32(at) | 0
      at = (at + LENGTH_BYTES) | 0
      if (length === NULL) {
        places[place] = NULL
        places[place + 1] = NULL
      } else {
        if (length < 0 || length > end - at) throw malformedRow()
        places[place] = at
        at = (at + length) | 0
        places[place + 1] = at
      }
    }
    if (at !== end) throw malformedRow()
  }

  /** Returns the end of the message at `at` if it is CopyData, lies whole in the chunk, and is not too long; otherwise -1. */
  #messageEnd(chunk: Buffer, at: number): number {
    const start = (at + HEADER_BYTES) | 0
    if (start > chunk.length || chunk[at] !== COPY_ROW) return -1
    const end = at + 1 + chunk.readInt32BE(at + 1)
    return end > chunk.length || end <= start || end - start > this.#mostBytes ? -1 : end
  }

  /** Takes a message that lies whole in the source. Returns false if the encoder refuses its row. */
  #message(source: Buffer, start: number, end: number): boolean {
    const row = this.#hasSignature ? start : start + COPY_SIGNATURE.length
    if (!this.#hasSignature && !source.subarray(start, row).equals(COPY_SIGNATURE)) throw malformedRow()
    if (end - row === COUNT_BYTES && source.readInt16BE(row) === END_OF_ROWS) return true
    if (end - row < COUNT_BYTES || source.readInt16BE(row) !== this.#columns) throw malformedRow()
    this.#findValues(viewOf(source), row, end, 0)
    if (this.#encoder.rows(source, this.#places, 1) === 0) return false
    this.#hasSignature = true
    this.rows++
    return true
  }

  start(bytes: number): boolean {
    this.#isCut = bytes <= this.#mostBytes
    if (!this.#isCut && !this.#inPieces.start(bytes, !this.#hasSignature)) return false
    this.#remaining = bytes
    this.#cutBytes = 0
    return true
  }

  piece(chunk: Buffer, start: number, end: number): number {
    const at = this.#isCut ? this.#gather(chunk, start, end) : this.#inPieces.piece(chunk, start, end)
    this.#remaining -= at - start
    if (this.#isCut) return at
    if (this.#inPieces.hasEnded !== (this.#remaining === 0)) throw malformedRow()
    if (this.#remaining === 0) {
      this.#hasSignature = true
      this.rows++
    }
    return at
  }

  #gather(chunk: Buffer, start: number, end: number): number {
    const isWhole = end - start === this.#remaining
    const bytes = this.#cutBytes + end - start
    this.#makeRoom(this.#cutBytes + this.#remaining)
    chunk.copy(this.#cut, this.#cutBytes, start, end)
    // a new view each time, as `Encoder` asks for
    if (isWhole && !this.#message(this.#cut.subarray(0, bytes), 0, bytes)) return start
    this.#cutBytes = bytes
    return end
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#cut.length) return
    const cut = Buffer.allocUnsafeSlow(Math.min(this.#mostBytes, 2 * bytes))
    this.#cut.copy(cut, 0, 0, this.#cutBytes)
    this.#cut = cut
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
