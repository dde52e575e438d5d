import { COPY_ROW, type CopyRows, HEADER_BYTES, malformedAnswer } from './copy-rows.ts'

const LENGTH_BYTES = 4
const COPY_OUT = 'H'.charCodeAt(0)
const READY_FOR_QUERY = 'Z'.charCodeAt(0)
/** The types of all other messages in the answer to a COPY, notices, notifications and changed settings included. */
const OTHERS = Buffer.from('ACEHNSZc')

/** Takes the messages that are not rows. */
export interface OtherMessages {
  /** The server has accepted the query: rows will come. */
  accepted(): void
  /** Bytes of messages in order, cut anywhere. */
  control(bytes: Buffer): void
  /** The answer is over: all bytes that follow, from ReadyForQuery on, go to `control`. */
  over(): void
}

/**
 * Cuts the socket's chunks into messages, and passes the rows among them on.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 *     HEADER ──d──▶ ROW ──────▶ HEADER
 *        └─others─▶ CONTROL ──▶ HEADER
 *            └─Z──▶ OVER
 */
export class CopyReader {
  /** After a `consume` that stopped because no buffer is free. */
  stalled = false
  readonly #rows: CopyRows
  readonly #others: OtherMessages
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  /** The bytes of the current message that are still to come. */
  #remaining = 0
  #isRow = false
  /** Whether the row in pieces has begun. */
  #begun = false
  #over = false

  constructor(rows: CopyRows, others: OtherMessages) {
    this.#rows = rows
    this.#others = others
  }

  /** Rows that have arrived. */
  get rows(): number {
    return this.#rows.rows
  }

  /** Takes the chunk from `start` on, and returns where it stopped: before its end if no buffer is free. */
  consume(chunk: Buffer, start: number): number {
    let at = start
    this.stalled = false
    while (at < chunk.length) {
      let next: number
      if (this.#over) next = this.#pass(chunk, at, chunk.length)
      else if (this.#remaining === 0) next = this.#readHeader(chunk, this.#wholeRows(chunk, at))
      else if (this.#isRow) next = this.#rowInPieces(chunk, at)
      else next = this.#pass(chunk, at, Math.min(chunk.length, at + this.#remaining))
      if (next === at) {
        this.stalled = true
        return at
      }
      at = next
    }
    return at
  }

  #wholeRows(chunk: Buffer, start: number): number {
    return this.#headerBytes > 0 ? start : this.#rows.whole(chunk, start)
  }

  #readHeader(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + HEADER_BYTES - this.#headerBytes)
    this.#headerBytes += chunk.copy(this.#header, this.#headerBytes, start, end)
    if (this.#headerBytes < HEADER_BYTES) return end
    this.#headerBytes = 0
    const [type] = this.#header
    this.#remaining = this.#header.readUInt32BE(1) - LENGTH_BYTES
    this.#isRow = type === COPY_ROW
    if (this.#remaining < (this.#isRow ? 1 : 0) || !(this.#isRow || OTHERS.includes(type)))
      throw malformedAnswer(`a message begins with ${this.#header.toString('hex')}`)
    if (this.#isRow) return end
    if (type === COPY_OUT) this.#others.accepted()
    if (type === READY_FOR_QUERY) {
      this.#over = true
      this.#others.over()
    }
    this.#others.control(Buffer.from(this.#header))
    return end
  }

  #rowInPieces(chunk: Buffer, start: number): number {
    this.#begun ||= this.#rows.start(this.#remaining)
    if (!this.#begun) return start
    const at = this.#rows.piece(chunk, start, Math.min(chunk.length, start + this.#remaining))
    this.#remaining -= at - start
    if (this.#remaining === 0) this.#begun = false
    return at
  }

  #pass(chunk: Buffer, start: number, end: number): number {
    this.#remaining = Math.max(0, this.#remaining - (end - start))
    this.#others.control(chunk.subarray(start, end))
    return end
  }
}
