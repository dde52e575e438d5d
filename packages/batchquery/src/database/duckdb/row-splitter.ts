import { BatchQueryError } from '../../errors/index.ts'
import type { RowSink } from '../text-rows.ts'

const LF = 0x0a
const BACKSLASH = 0x5c
/** A native search costs a call: it pays for rows longer than this. */
const LOOP_BYTES = 64

/** Cuts canonical TEXT, which comes in chunks of any length, into rows. A row ends at an LF that is not escaped. */
export class RowSplitter {
  readonly #sink: RowSink
  /** The beginning of a row that the last chunk cut, and how much of it was taken if the row is in pieces. */
  readonly #cut: Buffer
  #cutBytes = 0
  #cutTaken = 0
  #inPieces = false
  /** Whether the last byte of the chunk before escapes the first one of this. */
  #startsEscaped = false

  constructor(sink: RowSink) {
    this.#sink = sink
    this.#cut = Buffer.allocUnsafeSlow(sink.largestWhole)
  }

  /** Takes a chunk from `start` on and returns where it stopped: at its end, or before it if no buffer is free. */
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

  /** Call it after the last chunk. @throws INTERNAL if the chunk ended within a row */
  end(): void {
    if (this.#inPieces || this.#cutBytes > 0)
      throw new BatchQueryError('INTERNAL', "DuckDB's COPY ended within a row")
  }

  /** @param end where the row ends, 0 if it goes on in the next chunk */
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

  /** Returns the place after the LF that ends the row at `at`; 0 if the chunk does not have it. */
  #rowEnd(chunk: Buffer, at: number): number {
    let lf = nextLf(chunk, at)
    while (lf >= 0 && this.#isEscaped(chunk, lf)) lf = nextLf(chunk, lf + 1)
    return lf + 1
  }

  /** Whether the number of backslashes before `at` is odd. */
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
