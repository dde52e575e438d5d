import { BatchQueryError } from '../../errors/index.ts'
import { type Chunk, chunkOf } from './row-chunks.ts'

const MIB = 1024 * 1024
/** The longest row, in bytes: its values must be in memory together before its partition is known. */
const LONGEST_ROW = 128 * MIB
const FIRST_BYTES = 64 * 1024

/** Gathers a row that comes in pieces. Its values lie after room for the head of a long record. */
export class GatheredRow {
  /** Start and end of each value in `bytes`. */
  readonly places: Int32Array
  bytes = Buffer.alloc(0)
  readonly #headBytes: number
  #at = 0
  #column = 0
  #isValueOpen = false

  constructor(columns: number, headBytes: number) {
    this.places = new Int32Array(2 * columns)
    this.#headBytes = headBytes
  }

  /** @param leastBytes of its values @param mostBytes Infinity if that is not known */
  start(leastBytes: number, mostBytes: number): void {
    this.#at = this.#headBytes
    this.#column = 0
    const bytes = Math.min(mostBytes, Math.max(leastBytes, FIRST_BYTES), LONGEST_ROW)
    this.#reserve(bytes, 0, bytes)
  }

  /** @throws QUERY_FAILED for a row that is too long @param row of the result, for errors */
  piece(source: Buffer, start: number, end: number, isLast: boolean, row: number): void {
    if (!this.#isValueOpen) this.places[2 * this.#column] = this.#at
    this.#isValueOpen = true
    const bytes = this.#at + end - start - this.#headBytes
    if (bytes > LONGEST_ROW) throw tooLong(row, bytes)
    this.#reserve(bytes, this.#at, Math.min(2 * bytes, LONGEST_ROW))
    this.#at += source.copy(this.bytes, this.#at, start, end)
    if (isLast) this.#endValue(this.#at)
  }

  nullValue(): void {
    this.places[2 * this.#column] = -1
    this.#endValue(-1)
  }

  /** The memory of the row as a chunk of its own. */
  chunk(): Chunk {
    return chunkOf(this.bytes.subarray(0, ((this.#at + 3) >> 2) << 2))
  }

  /** The memory of the row is no longer its own. */
  giveAway(): void {
    this.bytes = Buffer.alloc(0)
  }

  #endValue(end: number): void {
    this.places[2 * this.#column + 1] = end
    this.#column++
    this.#isValueOpen = false
  }

  /** @param bytes of the values that must fit @param kept how many bytes are copied @param wanted for the values, if memory is made */
  #reserve(bytes: number, kept: number, wanted: number): void {
    // A record ends with a whole word.
    if (this.#headBytes + bytes + 4 <= this.bytes.length) return
    const more = Buffer.allocUnsafeSlow((this.#headBytes + wanted + 8) & ~3)
    this.bytes.copy(more, 0, 0, kept)
    this.bytes = more
  }
}

const tooLong = (row: number, bytes: number): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `row ${row} has more than ${Math.floor(bytes / MIB)} MiB, and with PARTITION BY a row has at most ${LONGEST_ROW / MIB} MiB`,
    { hint: 'Leave PARTITION BY out, or select the long values in an export of their own.' },
  )
