import type { Encoder } from '../../format/index.ts'
import type { BinaryLayout } from './binary-rows.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedRow } from './protocol-error.ts'

const NOTHING = Buffer.alloc(0)
/** The most bytes of a length. */
const LENGTH_BYTES = 9
/** A value of the binary protocol that is not text has no more bytes. */
const BINARY_BYTES = 12

/**
 * Passes one row that arrives in pieces, of any length, to the encoder.
 *
 *     HEAD ─▶ LENGTH ──NULL──▶ LENGTH (next column)
 *                └──▶ VALUE ──all bytes──▶ LENGTH (next column)
 *
 * Only a row of the binary protocol has a head, and its values of a fixed width have no length. A value of the binary protocol that
 * is not text comes in one piece.
 *
 * `feed` may be called with any slices of the row's bytes. If the encoder refuses, it stops between
 * two steps and returns how far it came.
 */
export class RowInPieces {
  readonly #encoder: Encoder
  readonly #columns: number
  readonly #layout: BinaryLayout | null
  readonly #head: Buffer
  #headBytes = 0
  #column = 0
  /** Bytes of the value that are still to come; -1 while the length is read. */
  #valueRemaining = -1
  /** The beginning of a length that the last slice cut. */
  readonly #cut = Buffer.alloc(LENGTH_BYTES)
  #cutBytes = 0
  /** The beginning of a short value of the binary protocol that the last slice cut. */
  readonly #short = Buffer.alloc(BINARY_BYTES)
  #shortBytes = 0

  /** @param layout of rows of the binary protocol @default - they are of the text protocol */
  constructor(encoder: Encoder, columns: number, layout: BinaryLayout | null = null) {
    this.#encoder = encoder
    this.#columns = columns
    this.#layout = layout
    this.#head = Buffer.alloc(layout?.headBytes ?? 0)
  }

  /** Starts a row of at least `leastBytes`; false if the encoder refuses. */
  start(leastBytes: number): boolean {
    if (!this.#encoder.startRow(leastBytes, Number.POSITIVE_INFINITY)) return false
    this.#column = 0
    this.#valueRemaining = -1
    this.#cutBytes = 0
    this.#headBytes = 0
    this.#shortBytes = 0
    return true
  }

  /** Takes bytes of the row and returns where it stopped: `end`, or before it if the encoder refuses. */
  feed(source: Buffer, start: number, end: number): number {
    let at = this.#feedHead(source, start, end)
    while (at < end) {
      if (!this.#passNulls()) return at
      const next =
        this.#valueRemaining < 0 ? this.#feedLength(source, at, end) : this.#feedValue(source, at, end)
      if (next === at) return at
      at = next
    }
    return at
  }

  /** All bytes were fed: ends the row; false if the encoder refuses. */
  end(): boolean {
    if (this.#headBytes < this.#head.length) throw malformedRow(0)
    if (!this.#passNulls()) return false
    if (this.#column !== this.#columns || this.#valueRemaining >= 0 || this.#cutBytes > 0)
      throw malformedRow(this.#column)
    return this.#encoder.endRow()
  }

  #feedHead(source: Buffer, start: number, end: number): number {
    const taken = Math.min(this.#head.length - this.#headBytes, end - start)
    this.#headBytes += source.copy(this.#head, this.#headBytes, start, start + taken)
    if (taken > 0 && this.#layout?.isHead(this.#head[0]) === false) throw malformedRow(0)
    return start + taken
  }

  /** Passes the NULLs that the head has at the next columns. Returns false if the encoder refuses. */
  #passNulls(): boolean {
    const layout = this.#layout
    if (layout === null || this.#valueRemaining >= 0 || this.#cutBytes > 0) return true
    for (; this.#column < this.#columns && layout.isNull(this.#head, 0, this.#column); this.#column++)
      if (!this.#encoder.nullValue()) return false
    return true
  }

  #feedLength(source: Buffer, start: number, end: number): number {
    if (this.#column >= this.#columns) throw malformedRow(this.#column)
    const width = this.#layout?.widths[this.#column] ?? -1
    if (width >= 0) {
      this.#valueRemaining = width
      return this.#feedValue(source, start, end)
    }
    const first = this.#cutBytes > 0 ? this.#cut[0] : source[start]
    const missing = lengthEncodedSize(first) - this.#cutBytes
    const taken = Math.min(missing, end - start)
    if (taken < missing) {
      this.#cutBytes += source.copy(this.#cut, this.#cutBytes, start, start + taken)
      return start + taken
    }
    source.copy(this.#cut, this.#cutBytes, start, start + taken)
    if (first === NULL_MARK && this.#layout === null)
      return this.#encoder.nullValue() ? this.#endValue(start + taken) : start
    const length = readLengthEncoded(this.#cut, 0)
    if (Number.isNaN(length)) throw malformedRow(this.#column)
    // no byte follows that `feed` could be called with
    if (length === 0) return this.#encoder.piece(NOTHING, 0, 0, 0) ? this.#endValue(start + taken) : start
    this.#valueRemaining = length
    this.#cutBytes = 0
    return start + taken
  }

  #feedValue(source: Buffer, start: number, end: number): number {
    if (this.#layout !== null && this.#shortBytes + this.#valueRemaining <= BINARY_BYTES)
      return this.#feedShort(source, start, end)
    const taken = Math.min(this.#valueRemaining, end - start, this.#encoder.mostPieceBytes)
    const rest = this.#valueRemaining - taken
    if (!this.#encoder.piece(source, start, start + taken, rest)) return start
    this.#valueRemaining = rest
    return rest === 0 ? this.#endValue(start + taken) : start + taken
  }

  /** Gathers a value that the slice cuts. */
  #feedShort(source: Buffer, start: number, end: number): number {
    const taken = Math.min(this.#valueRemaining, end - start)
    const isLast = taken === this.#valueRemaining
    const length = this.#shortBytes + taken
    if (this.#shortBytes === 0 && isLast) {
      if (!this.#encoder.piece(source, start, start + taken, 0)) return start
      return this.#endValue(start + taken)
    }
    source.copy(this.#short, this.#shortBytes, start, start + taken)
    // A new view, because the memory is used again.
    if (isLast && !this.#encoder.piece(this.#short.subarray(0, length), 0, length, 0)) return start
    if (isLast) return this.#endValue(start + taken)
    this.#shortBytes = length
    this.#valueRemaining -= taken
    return start + taken
  }

  #endValue(at: number): number {
    this.#valueRemaining = -1
    this.#shortBytes = 0
    this.#cutBytes = 0
    this.#column++
    return at
  }
}
