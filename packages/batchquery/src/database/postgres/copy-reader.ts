import { BatchQueryError } from '../../errors/index.ts'
import { type BlockWriter, copyAll } from '../../format/index.ts'

/** The type of a message and its length, which counts itself: 4 bytes. */
const HEADER_BYTES = 5
const LENGTH_BYTES = 4
/** CopyData: in an answer to COPY one row. */
const ROW = 'd'.charCodeAt(0)
const COPY_OUT = 'H'.charCodeAt(0)
const READY_FOR_QUERY = 'Z'.charCodeAt(0)
/** What else the answer to a COPY is made of, notices, notifications and settings that changed in between included. */
const OTHERS = Buffer.from('ACEHNSZc')
const LF = 0x0a
/** A native copy costs a call: it pays for rows longer than this. */
const LONG = 128
/** What a copy by words may read and write beyond a row. */
const WORD_REST = 3

/** Takes what is no row. */
export interface OtherMessages {
  /** The server has accepted the query: rows will come. */
  accepted(): void
  /** Bytes of messages in order, cut anywhere. */
  control(bytes: Buffer): void
  /** The answer is over: what follows, from ReadyForQuery on, still goes to `control`, and is nothing but that. */
  over(): void
}

/**
 * Cuts the socket's chunks into messages and writes the rows among them, which come encoded, to blocks.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 * A row that lies whole in a chunk is copied from there; every other one is written in pieces as they come, so
 * that no row has to be held, whatever its length. Its length is known from its first byte on, so parts end where they
 * would with whole rows.
 *
 *     HEADER ──d──▶ ROW ──────▶ HEADER
 *        └─others─▶ CONTROL ──▶ HEADER
 *            └─Z──▶ OVER
 */
export class CopyReader {
  /** Rows counted where they arrive. */
  rows = 0
  /** After a `consume` that stopped because no buffer is free. */
  stalled = false
  readonly #writer: BlockWriter
  readonly #others: OtherMessages
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  /** What is left of the message whose header was read. */
  #left = 0
  #isRow = false
  /** Whether the writer has begun the row in pieces. */
  #begun = false
  #over = false

  constructor(writer: BlockWriter, others: OtherMessages) {
    this.#writer = writer
    this.#others = others
  }

  /** Takes the chunk from `start` on, and answers where it stopped: before its end where no buffer is free. */
  consume(chunk: Buffer, start: number): number {
    let at = start
    this.stalled = false
    while (at < chunk.length) {
      let next: number
      if (this.#over) next = this.#pass(chunk, at, chunk.length)
      else if (this.#left === 0) next = this.#readHeader(chunk, this.#wholeRows(chunk, at))
      else if (this.#isRow) next = this.#rowInPieces(chunk, at)
      else next = this.#pass(chunk, at, Math.min(chunk.length, at + this.#left))
      if (next === at) {
        this.stalled = true
        return at
      }
      at = next
    }
    return at
  }

  /** Copies rows as long as they lie whole in the chunk, are not too large and find a buffer; answers where it stopped. */
  #wholeRows(chunk: Buffer, start: number): number {
    if (this.#headerBytes > 0) return start
    let at = start
    for (;;) {
      const next = this.#rowBesideRoom(chunk, this.#rowsInRoom(chunk, at))
      if (next === at) return at
      at = next
    }
  }

  /** The loop that nearly all bytes go through: the writer hears once of all rows that end neither block nor part. */
  #rowsInRoom(chunk: Buffer, start: number): number {
    const writer = this.#writer
    const { buffer, view } = writer
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    const limit = (writer.at + writer.room - WORD_REST) | 0
    const lastEnd = (chunk.length - WORD_REST) | 0
    let rows = 0
    let to = writer.at | 0
    let at = start | 0
    while (at + HEADER_BYTES < lastEnd && chunk[at] === ROW) {
      const row = (at + HEADER_BYTES) | 0
      const end = (at + 1 + source.getInt32(at + 1)) | 0
      if (end > lastEnd || end <= row || to + end - row > limit) break
      if (chunk[end - 1] !== LF) throw rowWithoutEnd()
      if (end - row > LONG) to = (to + chunk.copy(buffer, to, row, end)) | 0
      else to = copyAll(source, row, end, view, to) | 0
      at = end
      rows++
    }
    if (rows > 0) writer.rowsWritten(to, rows)
    this.rows += rows
    return at
  }

  /** A row that may end the block or the part, or ends with the chunk. */
  #rowBesideRoom(chunk: Buffer, at: number): number {
    const writer = this.#writer
    const row = at + HEADER_BYTES
    if (row >= chunk.length || chunk[at] !== ROW) return at
    const end = at + 1 + chunk.readUInt32BE(at + 1)
    if (end > chunk.length || end - row > writer.largestWholeRow || !writer.reserve(end - row)) return at
    if (end <= row || chunk[end - 1] !== LF) throw rowWithoutEnd()
    writer.at += chunk.copy(writer.buffer, writer.at, row, end)
    writer.endRow()
    this.rows++
    return end
  }

  #readHeader(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + HEADER_BYTES - this.#headerBytes)
    this.#headerBytes += chunk.copy(this.#header, this.#headerBytes, start, end)
    if (this.#headerBytes < HEADER_BYTES) return end
    this.#headerBytes = 0
    const [type] = this.#header
    this.#left = this.#header.readUInt32BE(1) - LENGTH_BYTES
    this.#isRow = type === ROW
    if (this.#left < (this.#isRow ? 1 : 0) || !(this.#isRow || OTHERS.includes(type)))
      throw malformed(`a message begins with ${this.#header.toString('hex')}`)
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
    const writer = this.#writer
    this.#begun ||= writer.reserveLarge(this.#left)
    if (!this.#begun) return start
    const bytes = Math.min(this.#left, chunk.length - start, writer.largestWholeRow)
    if (!writer.reservePiece(bytes)) return start
    const end = start + bytes
    writer.at += chunk.copy(writer.buffer, writer.at, start, end)
    this.#left -= bytes
    if (this.#left > 0) return end
    if (chunk[end - 1] !== LF) throw rowWithoutEnd()
    this.#begun = false
    writer.endRow()
    this.rows++
    return end
  }

  #pass(chunk: Buffer, start: number, end: number): number {
    this.#left = Math.max(0, this.#left - (end - start))
    this.#others.control(chunk.subarray(start, end))
    return end
  }
}

function rowWithoutEnd(): BatchQueryError {
  return malformed('a row does not end in a line end')
}

function malformed(what: string): BatchQueryError {
  return new BatchQueryError('DATABASE_LOST', `the server's answer cannot be read: ${what}`, {
    hint: 'Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again.',
  })
}
