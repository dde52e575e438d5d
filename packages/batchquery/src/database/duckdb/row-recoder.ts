import { BatchQueryError } from '../../errors/index.ts'
import type { BlockWriter, RowEncoder } from '../../format/index.ts'
import type { RowSink } from './row-splitter.ts'

const TAB = 0x09
const LF = 0x0a
const BACKSLASH = 0x5c
const LETTER_N = 0x4e
const DIGIT_0 = 0x30
const NONE = -1
const NOTHING = new Uint8Array()
/** The most bytes of a value that are encoded at once, and the least that must be possible. */
const MOST_VALUE_BYTES = 64 * 1024
const LEAST_VALUE_BYTES = 64

/**
 * Reads the values out of canonical TEXT and writes them as another layout wants them. Whole rows and pieces go
 * the same way; they differ in what was reserved before.
 *
 *     VALUE ──TAB, end of row──▶ written whole, next VALUE
 *       │ ▲
 *       ▼ └──any byte: it belongs to the value; N: the value is NULL
 *     BACKSLASH
 */
export class RowRecoder implements RowSink {
  readonly largestWhole: number
  readonly #writer: BlockWriter
  readonly #encoder: RowEncoder
  /** Decoded bytes of the value, where it does not lie decoded in the source already. */
  readonly #value: Buffer
  #valueBytes = 0
  #afterBackslash = false
  #isNull = false
  /** Whether what stands before the value is written. */
  #valueBegun = false
  #column = 0
  #rowBegun = false

  /** @throws UNSUPPORTED_CLAUSE where the separators are too long for the blocks */
  constructor(writer: BlockWriter, encoder: RowEncoder) {
    this.#writer = writer
    this.#encoder = encoder
    this.largestWhole = (writer.largestWholeRow - encoder.overheadPerRow) >> 1
    if (this.largestWhole < LEAST_VALUE_BYTES)
      throw new BatchQueryError(
        'UNSUPPORTED_CLAUSE',
        `the separators of the FIELDS and LINES clauses are too long for ${encoder.columns.length} columns`,
        { hint: 'Use shorter TERMINATED BY and STARTING BY strings.' },
      )
    this.#value = Buffer.allocUnsafeSlow(Math.min(MOST_VALUE_BYTES, this.largestWhole))
  }

  row(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#writer.reserve(2 * (end - start) + this.#encoder.overheadPerRow)) return false
    this.#put(this.#encoder.rowStart)
    this.#rowBegun = true
    this.piece(bytes, start, end)
    return this.endPieces()
  }

  flush(): void {}

  startPieces(leastBytes: number): boolean {
    // decoding halves what consists of escapes
    if (!this.#writer.reserveLarge(leastBytes >> 1)) return false
    this.#rowBegun = false
    return true
  }

  piece(bytes: Buffer, start: number, end: number): number {
    if (!this.#beginRow()) return start
    let at = start
    while (at < end) {
      const next = this.#step(bytes, at, end)
      if (next === at) break
      at = next
    }
    return at
  }

  endPieces(): boolean {
    if (!this.#beginRow()) return false
    if (this.#column < this.#encoder.columns.length && !this.#endValue()) return false
    if (!this.#writer.reservePiece(this.#encoder.rowEnd.length)) return false
    this.#put(this.#encoder.rowEnd)
    this.#writer.endRow()
    this.#column = 0
    return true
  }

  #beginRow(): boolean {
    if (this.#rowBegun) return true
    if (!this.#writer.reservePiece(this.#encoder.rowStart.length)) return false
    this.#put(this.#encoder.rowStart)
    this.#rowBegun = true
    return true
  }

  /** Takes some bytes and answers how far it came: `start` where no buffer is free. */
  #step(bytes: Buffer, start: number, end: number): number {
    if (this.#valueBytes === this.#value.length && !this.#makeRoom()) return start
    if (this.#afterBackslash) {
      this.#decode(bytes[start])
      return start + 1
    }
    const most = Math.min(end, start + this.#value.length - this.#valueBytes)
    const at = nextMark(bytes, start, most)
    const byte = at < most ? bytes[at] : NONE
    const endsValue = byte === TAB || byte === LF
    if (endsValue && this.#valueBytes === 0 && !this.#isNull)
      return this.#write(bytes, start, at, true) ? at + 1 : start
    this.#valueBytes += bytes.copy(this.#value, this.#valueBytes, start, at)
    if (endsValue) return this.#endValue() ? at + 1 : at
    this.#afterBackslash = byte === BACKSLASH
    return byte === BACKSLASH ? at + 1 : at
  }

  #decode(byte: number): void {
    this.#afterBackslash = false
    if (byte === LETTER_N) this.#isNull = true
    else this.#value[this.#valueBytes++] = byte === DIGIT_0 ? 0 : byte
  }

  /** Writes what of a long value was decoded. */
  #makeRoom(): boolean {
    const column = this.#encoder.columns[this.#column]
    const whole = column.wholeCharacters(this.#decoded(), 0, this.#valueBytes)
    if (!this.#write(this.#decoded(), 0, whole, false)) return false
    this.#value.copyWithin(0, whole, this.#valueBytes)
    this.#valueBytes -= whole
    return true
  }

  #endValue(): boolean {
    if (this.#isNull) return this.#writeNull()
    if (!this.#write(this.#decoded(), 0, this.#valueBytes, true)) return false
    this.#valueBytes = 0
    return true
  }

  /** A new object each time, as `Escape` asks for. */
  #decoded(): Buffer {
    return this.#value.subarray(0, this.#valueBytes)
  }

  #write(source: Buffer, start: number, end: number, isLast: boolean): boolean {
    const column = this.#encoder.columns[this.#column]
    const separator = this.#column > 0 ? this.#encoder.separator : NOTHING
    const isWhole = isLast && !this.#valueBegun
    // exact, so that the pieces of a whole row never ask for more than was reserved for it
    const before = this.#valueBegun ? 0 : separator.length + column.opening.length
    const after = isLast ? column.closing.length : 0
    if (!this.#writer.reservePiece(before + 2 * (end - start) + after)) return false
    if (!this.#valueBegun) this.#put(separator)
    if (!this.#valueBegun && !isWhole) this.#put(column.opening)
    const encode = isWhole ? column.write : column.escapePiece
    this.#writer.at = encode(source, start, end, this.#writer.buffer, this.#writer.at)
    if (isLast && !isWhole) this.#put(column.closing)
    this.#valueBegun = !isLast
    if (isLast) this.#column++
    return true
  }

  #writeNull(): boolean {
    const separator = this.#column > 0 ? this.#encoder.separator : NOTHING
    const { nullWord } = this.#encoder
    if (!this.#writer.reservePiece(separator.length + nullWord.length)) return false
    this.#put(separator)
    this.#put(nullWord)
    this.#isNull = false
    this.#column++
    return true
  }

  #put(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) this.#writer.buffer[this.#writer.at++] = bytes[index]
  }
}

/** The next byte that is more than a part of the value; `end` where there is none. */
function nextMark(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === TAB || byte === LF || byte === BACKSLASH) return at
  }
  return end
}
