import { BatchQueryError } from '../../errors/index.ts'

const LF = 0x0a
const BACKSLASH = 0x5c
/** A native search costs a call: it pays where a row is longer than this. */
const LOOP_BYTES = 64

/** Takes the rows of canonical TEXT. Where an answer says "no", no buffer is free: the same call comes again later. */
export interface RowSink {
  /** The longest row in bytes, its LF included, that `row` takes; longer ones come in pieces. */
  readonly largestWhole: number
  /** Takes one row, its LF included; false for no. The bytes stay as they are until the next `flush`. */
  row(bytes: Buffer, start: number, end: number): boolean
  flush(): void
  /** Begins a row of at least `leastBytes`; false for no. */
  startPieces(leastBytes: number): boolean
  /** Takes bytes of the row, its LF not included, and answers how far it came: less than `end` for no. */
  piece(bytes: Buffer, start: number, end: number): number
  /** Ends the row; false for no. */
  endPieces(): boolean
}

/** Cuts canonical TEXT, which comes in chunks of any length, into rows. A row ends at an LF that is not escaped. */
export class RowSplitter {
  readonly #sink: RowSink
  /** The beginning of a row that the last chunk cut, and how much of it was taken, where the row is in pieces. */
  readonly #cut: Buffer
  #cutBytes = 0
  #cutTaken = 0
  #inPieces = false
  /** Whether the last byte of the last chunk escapes the first one of this. */
  #startsEscaped = false

  constructor(sink: RowSink) {
    this.#sink = sink
    this.#cut = Buffer.allocUnsafeSlow(sink.largestWhole)
  }

  /** Takes a chunk from `start` on and answers where it stopped: at its end, or before it where no buffer is free. */
  consume(chunk: Buffer, start: number): number {
    let at = start
    while (at < chunk.length) {
      const end = this.#rowEnd(chunk, at)
      const isWhole =
        end > 0 && end - at <= this.#sink.largestWhole && !this.#inPieces && this.#cutBytes === 0
      const next = isWhole ? (this.#sink.row(chunk, at, end) ? end : at) : this.#partOfRow(chunk, at, end)
      if (next === at) break
      at = next
    }
    this.#sink.flush()
    if (at === chunk.length) this.#startsEscaped = this.#isEscaped(chunk, at)
    return at
  }

  /** Call after the last chunk. @throws INTERNAL where it ended in the midst of a row */
  end(): void {
    if (this.#inPieces || this.#cutBytes > 0)
      throw new BatchQueryError('INTERNAL', "DuckDB's COPY ended in the midst of a row")
  }

  /** @param end where the row ends, 0 where it goes on in the next chunk */
  #partOfRow(chunk: Buffer, at: number, end: number): number {
    this.#sink.flush()
    const bytes = this.#cutBytes + (end > 0 ? end : chunk.length) - at
    if (!this.#inPieces && bytes <= this.#sink.largestWhole) return this.#gather(chunk, at, end)
    if (!this.#inPieces && !this.#sink.startPieces(bytes)) return at
    this.#inPieces = true
    this.#cutTaken = this.#sink.piece(this.#cut, this.#cutTaken, this.#cutBytes)
    if (this.#cutTaken < this.#cutBytes) return at
    const next = this.#sink.piece(chunk, at, end > 0 ? end - 1 : chunk.length)
    if (end === 0 || next < end - 1 || !this.#sink.endPieces()) return next
    this.#inPieces = false
    this.#cutBytes = 0
    this.#cutTaken = 0
    return end
  }

  #gather(chunk: Buffer, at: number, end: number): number {
    const stop = end > 0 ? end : chunk.length
    const bytes = this.#cutBytes + chunk.copy(this.#cut, this.#cutBytes, at, stop)
    if (end === 0) {
      this.#cutBytes = bytes
      return stop
    }
    if (!this.#sink.row(this.#cut.subarray(0, bytes), 0, bytes)) return at
    this.#sink.flush()
    this.#cutBytes = 0
    return stop
  }

  /** Behind the LF that ends the row of which `at` is a part; 0 where the chunk does not hold it. */
  #rowEnd(chunk: Buffer, at: number): number {
    let lf = nextLf(chunk, at)
    while (lf >= 0 && this.#isEscaped(chunk, lf)) lf = nextLf(chunk, lf + 1)
    return lf + 1
  }

  /** Whether the backslashes before `at` are odd in number. */
  #isEscaped(chunk: Buffer, at: number): boolean {
    let first = at
    while (first > 0 && chunk[first - 1] === BACKSLASH) first--
    const isOdd = (at - first) % 2 === 1
    return first === 0 ? isOdd !== this.#startsEscaped : isOdd
  }
}

function nextLf(chunk: Buffer, from: number): number {
  const near = Math.min(from + LOOP_BYTES, chunk.length)
  for (let at = from; at < near; at++) if (chunk[at] === LF) return at
  return near === chunk.length ? -1 : chunk.indexOf(LF, near)
}
