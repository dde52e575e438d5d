import type { Encoder } from '../../format/index.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedRow } from './protocol-error.ts'

const NOTHING = Buffer.alloc(0)
/** The most bytes of a length. */
const LENGTH_BYTES = 9

/**
 * Passes one row that arrives in pieces, of any length, to the encoder.
 *
 *     LENGTH ──NULL──▶ LENGTH (next column)
 *        └──▶ VALUE ──all bytes──▶ LENGTH (next column)
 *
 * `feed` may be called with any slices of the row's bytes. If the encoder refuses, it stops between
 * two steps and returns how far it came.
 */
export class RowInPieces {
  readonly #encoder: Encoder
  readonly #columns: number
  #column = 0
  /** Bytes of the value that are still to come; -1 while the length is read. */
  #valueRemaining = -1
  /** The beginning of a length that the last slice cut. */
  readonly #cut = Buffer.alloc(LENGTH_BYTES)
  #cutBytes = 0

  constructor(encoder: Encoder, columns: number) {
    this.#encoder = encoder
    this.#columns = columns
  }

  /** Starts a row of at least `leastBytes`; false if the encoder refuses. */
  start(leastBytes: number): boolean {
    if (!this.#encoder.startRow(leastBytes, Number.POSITIVE_INFINITY)) return false
    this.#column = 0
    this.#valueRemaining = -1
    this.#cutBytes = 0
    return true
  }

  /** Takes bytes of the row and returns where it stopped: `end`, or before it if the encoder refuses. */
  feed(source: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      const next =
        this.#valueRemaining < 0 ? this.#feedLength(source, at, end) : this.#feedValue(source, at, end)
      if (next === at) return at
      at = next
    }
    return at
  }

  /** All bytes were fed: ends the row; false if the encoder refuses. */
  end(): boolean {
    if (this.#column !== this.#columns || this.#valueRemaining >= 0 || this.#cutBytes > 0)
      throw malformedRow(this.#column)
    return this.#encoder.endRow()
  }

  #feedLength(source: Buffer, start: number, end: number): number {
    if (this.#column >= this.#columns) throw malformedRow(this.#column)
    const first = this.#cutBytes > 0 ? this.#cut[0] : source[start]
    const missing = lengthEncodedSize(first) - this.#cutBytes
    const taken = Math.min(missing, end - start)
    if (taken < missing) {
      this.#cutBytes += source.copy(this.#cut, this.#cutBytes, start, start + taken)
      return start + taken
    }
    source.copy(this.#cut, this.#cutBytes, start, start + taken)
    if (first === NULL_MARK) return this.#encoder.nullValue() ? this.#endValue(start + taken) : start
    const length = readLengthEncoded(this.#cut, 0)
    if (Number.isNaN(length)) throw malformedRow(this.#column)
    // no byte follows that `feed` could be called with
    if (length === 0) return this.#encoder.piece(NOTHING, 0, 0, 0) ? this.#endValue(start + taken) : start
    this.#valueRemaining = length
    this.#cutBytes = 0
    return start + taken
  }

  #feedValue(source: Buffer, start: number, end: number): number {
    const taken = Math.min(this.#valueRemaining, end - start, this.#encoder.mostPieceBytes)
    const rest = this.#valueRemaining - taken
    if (!this.#encoder.piece(source, start, start + taken, rest)) return start
    this.#valueRemaining = rest
    return rest === 0 ? this.#endValue(start + taken) : start + taken
  }

  #endValue(at: number): number {
    this.#valueRemaining = -1
    this.#cutBytes = 0
    this.#column++
    return at
  }
}
