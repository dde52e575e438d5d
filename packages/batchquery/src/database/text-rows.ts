import { BatchQueryError } from '../errors/index.ts'
import type { Encoder } from '../format/index.ts'

const TAB = 0x09
const BACKSLASH = 0x5c
const LETTER_N = 0x4e
const NONE = -1
/** Only the end of a value says how long it is. */
const UNKNOWN = -1
/** Longer rows are decoded piece by piece. */
const MOST_WHOLE_BYTES = 64 * 1024
/** The meaning of a byte after a backslash: itself, except for these. https://www.postgresql.org/docs/current/sql-copy.html */
const MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte)
for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }))
  MEANINGS[letter.charCodeAt(0)] = byte

/**
 * Takes rows of text: TAB between values, a backslash before a special byte, `\N` for NULL, LF at the end. A method that
 * returns false, or a place before the end, had no buffer; the same call comes again later.
 */
export interface RowSink {
  /** The longest row in bytes, its LF included, that `row` takes; longer ones come in pieces. */
  readonly largestWhole: number
  /** Takes one row, its LF included. The bytes stay as they are until the next `flush`. */
  row(bytes: Buffer, start: number, end: number): boolean
  flush(): void
  /** Begins a row of at least `leastBytes`. */
  startPieces(leastBytes: number): boolean
  /** Takes bytes of the row, without its LF, and returns how far it came. */
  piece(bytes: Buffer, start: number, end: number): number
  /** Ends the row. */
  endPieces(): boolean
}

/**
 * Reads the values of such rows, from PostgreSQL's COPY or DuckDB's, and passes them to an encoder.
 *
 *     VALUE ──TAB, end of row──▶ next VALUE
 *       │ ▲
 *       ▼ └──any byte: it belongs to the value; N: the value is NULL
 *     BACKSLASH
 */
export class TextRows implements RowSink {
  readonly largestWhole: number
  /** The longest row whose values are found at once. */
  readonly mostWholeBytes: number
  readonly #encoder: Encoder
  readonly #columns: number
  /** The places in one row. */
  readonly #places: Int32Array
  /** Decoded bytes: of a whole row, or of the value in pieces. */
  readonly #decoded = Buffer.allocUnsafeSlow(MOST_WHOLE_BYTES)
  /** How many decoded bytes of the value in pieces the encoder has not taken. */
  #bytes = 0
  #afterBackslash = false
  #isNull = false
  #column = 0
  /** How many bytes were taken of a row that lies whole in the source and is passed on in pieces; -1 before. */
  #fed = NONE

  constructor(encoder: Encoder, columns: number) {
    this.#encoder = encoder
    this.#columns = columns
    this.#places = new Int32Array(2 * columns)
    this.largestWhole = Math.max(0, encoder.mostRowBytes)
    this.mostWholeBytes = Math.min(MOST_WHOLE_BYTES, encoder.mostRowBytes)
  }

  row(bytes: Buffer, start: number, end: number): boolean {
    const length = end - start
    if (this.#fed === NONE) {
      if (length <= this.mostWholeBytes) return this.#wholeRow(bytes, start, end - 1)
      if (!this.startPieces(length, length)) return false
      this.#fed = 0
    }
    this.#fed = this.piece(bytes, start + this.#fed, end - 1) - start
    if (this.#fed < length - 1 || !this.endPieces()) return false
    this.#fed = NONE
    return true
  }

  flush(): void {}

  #wholeRow(bytes: Buffer, start: number, end: number): boolean {
    const places = this.#places
    if (this.find(bytes, start, end, places, 0)) return this.#encoder.rows(bytes, places, 1) === 1
    // a new view each time, as `Encoder` asks for
    const decoded = this.#decoded.subarray(0, this.#decodeRow(bytes, start, end))
    return this.#encoder.rows(decoded, places, 1) === 1
  }

  /**
   * Finds the values of a row, its LF not included: writes start and end of each to `places` from `first` on.
   *
   * @returns false if the row has an escape: then a value lies nowhere as it is
   */
  find(bytes: Buffer, start: number, end: number, places: Int32Array, first: number): boolean {
    if (this.#columns === 0 && start === end) return true
    let column = 0
    let from = start
    for (let at = start; at <= end; at++) {
      const byte = at < end ? bytes[at] : TAB
      if (byte === BACKSLASH) return false
      if (byte !== TAB) continue
      if (column === this.#columns) throw otherColumns(this.#columns)
      places[first + 2 * column] = from
      places[first + 2 * column + 1] = at
      from = at + 1
      column++
    }
    if (column < this.#columns) throw otherColumns(this.#columns)
    return true
  }

  /** @returns how many bytes were decoded */
  #decodeRow(bytes: Buffer, start: number, end: number): number {
    const decoded = this.#decoded
    const places = this.#places
    let column = 0
    let isNull = false
    let from = 0
    let to = 0
    for (let at = start; at <= end; at++) {
      const byte = at < end ? bytes[at] : TAB
      if (byte === TAB) {
        if (column === this.#columns) throw otherColumns(this.#columns)
        places[2 * column] = isNull ? NONE : from
        places[2 * column + 1] = isNull ? NONE : to
        from = to
        isNull = false
        column++
      } else if (byte !== BACKSLASH) decoded[to++] = byte
      else if (bytes[++at] === LETTER_N) isNull = true
      else decoded[to++] = MEANINGS[bytes[at]]
    }
    if (column < this.#columns) throw otherColumns(this.#columns)
    return to
  }

  startPieces(leastBytes: number, mostBytes = Number.POSITIVE_INFINITY): boolean {
    // decoding may halve the bytes
    if (!this.#encoder.startRow(leastBytes >> 1, mostBytes)) return false
    this.#column = 0
    return true
  }

  piece(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      const next = this.#bytes > 0 || this.#isNull ? this.#step(bytes, at, end) : this.#direct(bytes, at, end)
      if (next === at) return at
      at = next
    }
    return at
  }

  endPieces(): boolean {
    if (this.#column < this.#columns && !this.#endValue()) return false
    if (this.#column < this.#columns || this.#afterBackslash) throw otherColumns(this.#columns)
    return this.#encoder.endRow()
  }

  /** Passes bytes on from where they lie: nothing of the value is decoded. */
  #direct(bytes: Buffer, start: number, end: number): number {
    if (this.#afterBackslash) return this.#decode(bytes[start], start)
    const most = Math.min(end, start + this.#encoder.mostPieceBytes)
    const mark = nextMark(bytes, start, most)
    const isLast = mark < most && bytes[mark] === TAB
    if (isLast && this.#column >= this.#columns - 1) throw otherColumns(this.#columns)
    if (mark > start || isLast) {
      if (!this.#encoder.piece(bytes, start, mark, isLast ? 0 : UNKNOWN)) return start
      if (isLast) this.#column++
    }
    if (mark === most) return mark
    this.#afterBackslash = !isLast
    return mark + 1
  }

  /** Decodes bytes behind others that are decoded. */
  #step(bytes: Buffer, start: number, end: number): number {
    if (this.#bytes === this.#room && !this.#passDecoded(false)) return start
    if (this.#afterBackslash) return this.#decode(bytes[start], start)
    const mark = nextMark(bytes, start, Math.min(end, start + this.#room - this.#bytes))
    if (mark > start || mark === end) {
      this.#bytes += bytes.copy(this.#decoded, this.#bytes, start, mark)
      return mark
    }
    if (bytes[mark] === BACKSLASH) {
      this.#afterBackslash = true
      return mark + 1
    }
    if (this.#column >= this.#columns - 1) throw otherColumns(this.#columns)
    return this.#endValue() ? mark + 1 : mark
  }

  #decode(byte: number, at: number): number {
    this.#afterBackslash = false
    if (byte === LETTER_N) this.#isNull = true
    else this.#decoded[this.#bytes++] = MEANINGS[byte]
    return at + 1
  }

  #endValue(): boolean {
    if (!(this.#isNull ? this.#encoder.nullValue() : this.#passDecoded(true))) return false
    this.#isNull = false
    this.#bytes = 0
    this.#column++
    return true
  }

  get #room(): number {
    return Math.min(this.#decoded.length, this.#encoder.mostPieceBytes)
  }

  #passDecoded(isLast: boolean): boolean {
    const decoded = this.#decoded.subarray(0, this.#bytes)
    if (!this.#encoder.piece(decoded, 0, decoded.length, isLast ? 0 : UNKNOWN)) return false
    this.#bytes = 0
    return true
  }
}

/** Decodes the text of a value that is not NULL to the start of `out`. @returns how many bytes it has */
export function decodeText(bytes: Buffer, start: number, end: number, out: Buffer): number {
  let to = 0
  for (let at = start; at < end; at++)
    out[to++] = bytes[at] === BACKSLASH && at + 1 < end ? MEANINGS[bytes[++at]] : bytes[at]
  return to
}

/** Returns the next byte that is not part of a value as it is; `end` if there is none. */
function nextMark(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === TAB || byte === BACKSLASH) return at
  }
  return end
}

export function otherColumns(columns: number): BatchQueryError {
  return new BatchQueryError(
    'DATABASE_LOST',
    `the database sent a row that does not have the announced ${columns} columns`,
    {
      hint: 'Use TLS (sslmode=verify-full) and run again. The bytes changed between the server and the client.',
    },
  )
}
