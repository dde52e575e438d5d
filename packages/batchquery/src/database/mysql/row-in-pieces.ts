import type { BlockWriter, RowEncoder } from '../../format/index.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedRow } from './protocol-error.ts'

/** The most bytes of a value that are encoded at once, where blocks have room; a longer one is written in pieces. */
const MOST_PIECE_BYTES = 64 * 1024
/** The most bytes of a character that a piece may have to leave to the next one. */
const CHARACTER_BYTES = 4

/**
 * Writes one row that arrives in pieces, of any length, within the buffers there are.
 *
 *     LENGTH ──NULL──▶ LENGTH (next column)
 *        └──▶ VALUE ──all bytes──▶ LENGTH (next column)
 *
 * `feed` may be called with any slices of the row's bytes. Where the writer has no buffer free it stops between
 * two steps and answers how far it came.
 */
export class RowInPieces {
  readonly #writer: BlockWriter
  readonly #encoder: RowEncoder
  #column = 0
  /** Bytes of the value that are still to come; -1 while the length is read. */
  #valueRemaining = -1
  /** Whether it fits into `#cut`, and is written whole. */
  #valueIsShort = false
  /** The beginning of a length, or of a character, that the last slice cut. */
  readonly #cut = Buffer.alloc(MOST_PIECE_BYTES + CHARACTER_BYTES)
  #cutBytes = 0
  #started = false
  /** A piece, a cut character before it and what stands around a value go into one reservation. */
  readonly #pieceBytes: number

  constructor(writer: BlockWriter, encoder: RowEncoder) {
    this.#writer = writer
    this.#encoder = encoder
    const room = (writer.largestWholeRow - encoder.overheadPerRow) / encoder.growth
    this.#pieceBytes = Math.min(MOST_PIECE_BYTES, Math.floor(room) - CHARACTER_BYTES)
  }

  /** Starts a row of at least `leastBytes`; false where the writer has no buffer free. */
  start(leastBytes: number): boolean {
    this.#started ||= this.#writer.reserveLarge(leastBytes)
    if (!this.#started || !this.#put(this.#encoder.rowStart)) return false
    this.#started = false
    this.#column = 0
    this.#valueRemaining = -1
    this.#cutBytes = 0
    return true
  }

  /** Takes bytes of the row and answers where it stopped: `end`, or before it where no buffer is free. */
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

  /** All bytes were fed: ends the row; false where the writer has no buffer free. */
  end(): boolean {
    if (this.#column !== this.#encoder.columns.length || this.#valueRemaining >= 0 || this.#cutBytes > 0)
      throw malformedRow(this.#column)
    if (!this.#put(this.#encoder.rowEnd)) return false
    this.#writer.endRow()
    return true
  }

  #feedLength(source: Buffer, start: number, end: number): number {
    const { columns, separator, nullWord } = this.#encoder
    if (this.#column >= columns.length) throw malformedRow(this.#column)
    const first = this.#cutBytes > 0 ? this.#cut[0] : source[start]
    const missing = lengthEncodedSize(first) - this.#cutBytes
    const taken = Math.min(missing, end - start)
    if (taken < missing) {
      this.#cutBytes += source.copy(this.#cut, this.#cutBytes, start, start + taken)
      return start + taken
    }
    const lead = this.#column > 0 ? separator.length : 0
    const { opening, closing, write } = columns[this.#column]
    const around = Math.max(nullWord.length, opening.length + closing.length)
    if (!this.#writer.reservePiece(lead + around)) return start
    source.copy(this.#cut, this.#cutBytes, start, start + taken)
    this.#cutBytes = 0
    if (lead > 0) this.#append(separator)
    if (first === NULL_MARK) {
      this.#append(nullWord)
      this.#column++
      return start + taken
    }
    this.#valueRemaining = readLengthEncoded(this.#cut, 0)
    if (Number.isNaN(this.#valueRemaining)) throw malformedRow(this.#column)
    this.#valueIsShort = this.#valueRemaining <= this.#pieceBytes
    if (!this.#valueIsShort) this.#append(opening)
    if (this.#valueRemaining === 0) {
      // no byte follows that `feed` could be called with
      this.#writer.at = write(this.#cut, 0, 0, this.#writer.buffer, this.#writer.at)
      this.#endValue()
    }
    return start + taken
  }

  #feedValue(source: Buffer, start: number, end: number): number {
    return this.#valueIsShort ? this.#gatherValue(source, start, end) : this.#feedPiece(source, start, end)
  }

  /** A value that fits is written as a whole one: how it looks must not depend on where the row was cut. */
  #gatherValue(source: Buffer, start: number, end: number): number {
    const taken = Math.min(this.#valueRemaining, end - start)
    if (taken < this.#valueRemaining) {
      this.#cutBytes += source.copy(this.#cut, this.#cutBytes, start, start + taken)
      this.#valueRemaining -= taken
      return start + taken
    }
    const { columns, growth } = this.#encoder
    const column = columns[this.#column]
    const length = this.#cutBytes + taken
    const around = column.opening.length + column.closing.length
    if (!this.#writer.reservePiece(growth * length + around)) return start
    source.copy(this.#cut, this.#cutBytes, start, start + taken)
    // a view of its own: encoders remember what they found in a source
    const value = this.#cut.subarray(0, length)
    this.#writer.at = column.write(value, 0, length, this.#writer.buffer, this.#writer.at)
    this.#endValue()
    return start + taken
  }

  #feedPiece(source: Buffer, start: number, end: number): number {
    const { columns, growth } = this.#encoder
    const column = columns[this.#column]
    const taken = Math.min(this.#valueRemaining, end - start, this.#pieceBytes)
    const isLast = taken === this.#valueRemaining
    if (!this.#writer.reservePiece(growth * (this.#cutBytes + taken) + column.closing.length)) return start
    let bytes = source
    let from = start
    let to = start + taken
    if (this.#cutBytes > 0) {
      source.copy(this.#cut, this.#cutBytes, start, to)
      bytes = this.#cut.subarray()
      from = 0
      to = this.#cutBytes + taken
    }
    const whole = isLast ? to : column.wholeCharacters(bytes, from, to)
    this.#writer.at = column.escapePiece(bytes, from, whole, this.#writer.buffer, this.#writer.at)
    this.#cutBytes = bytes.copy(this.#cut, 0, whole, to)
    this.#valueRemaining -= taken
    if (isLast) {
      this.#append(column.closing)
      this.#endValue()
    }
    return start + taken
  }

  #endValue(): void {
    this.#valueRemaining = -1
    this.#cutBytes = 0
    this.#column++
  }

  #put(bytes: Uint8Array): boolean {
    if (!this.#writer.reservePiece(bytes.length)) return false
    this.#append(bytes)
    return true
  }

  #append(bytes: Uint8Array): void {
    this.#writer.buffer.set(bytes, this.#writer.at)
    this.#writer.at += bytes.length
  }
}
