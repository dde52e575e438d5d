import { type BlockWriter, copyAll } from '../../format/index.ts'
import { COPY_ROW, type CopyRows, HEADER_BYTES, rowWithoutEnd } from './copy-rows.ts'

const LF = 0x0a
/** The most bytes that a copy by words may read and write beyond a row. */
const WORD_REST = 3

/**
 * Copies rows that the server has encoded. A row that lies whole in a chunk is copied from there; every other one is
 * written in pieces as they come, so no row is held, even a very long one. Its length is known from its first byte on, so
 * parts end where they would with whole rows.
 */
export class CopiedRows implements CopyRows {
  rows = 0
  readonly #writer: BlockWriter
  /** The bytes of the row in pieces that are still to come. */
  #remaining = 0

  constructor(writer: BlockWriter) {
    this.#writer = writer
  }

  whole(chunk: Buffer, start: number): number {
    let at = start
    for (;;) {
      const next = this.#besideRoom(chunk, this.#inRoom(chunk, at))
      if (next === at) return at
      at = next
    }
  }

  /**
   * The loop that nearly all bytes go through: one call reports to the writer all rows that end neither block nor part.
   * Literals replace constants, which are loaded again for every row: 5 is HEADER_BYTES, 0x64 COPY_ROW, 0x0a LF, and
   * for rows of more than 128 bytes a native copy is worth its call.
   */
  #inRoom(chunk: Buffer, start: number): number {
    const writer = this.#writer
    const { buffer, view } = writer
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    const limit = (writer.at + writer.room - WORD_REST) | 0
    const lastEnd = (chunk.length - WORD_REST) | 0
    let rows = 0
    let to = writer.at | 0
    let at = start | 0
    while (at + 5 < lastEnd && chunk[at] === 0x64) {
      const row = (at + 5) | 0
      const end = (at + 1 + source.getInt32(at + 1)) | 0
      if (end > lastEnd || end <= row || to + end - row > limit) break
      if (chunk[end - 1] !== 0x0a) throw rowWithoutEnd()
      if (end - row > 128) to = (to + chunk.copy(buffer, to, row, end)) | 0
      else to = copyAll(source, row, end, view, to) | 0
      at = end
      rows++
    }
    if (rows > 0) writer.rowsWritten(to, rows)
    this.rows += rows
    return at
  }

  /** A row that may end the block or the part, or ends with the chunk. */
  #besideRoom(chunk: Buffer, at: number): number {
    const writer = this.#writer
    const row = at + HEADER_BYTES
    if (row >= chunk.length || chunk[at] !== COPY_ROW) return at
    const end = at + 1 + chunk.readUInt32BE(at + 1)
    if (end > chunk.length || end - row > writer.largestWholeRow || !writer.reserve(end - row)) return at
    if (end <= row || chunk[end - 1] !== LF) throw rowWithoutEnd()
    writer.at += chunk.copy(writer.buffer, writer.at, row, end)
    writer.endRow()
    this.rows++
    return end
  }

  start(bytes: number): boolean {
    this.#remaining = bytes
    return this.#writer.reserveLarge(bytes)
  }

  piece(chunk: Buffer, start: number, end: number): number {
    const writer = this.#writer
    const bytes = Math.min(end - start, writer.largestWholeRow)
    if (!writer.reservePiece(bytes)) return start
    const at = start + bytes
    writer.at += chunk.copy(writer.buffer, writer.at, start, at)
    this.#remaining -= bytes
    if (this.#remaining > 0) return at
    if (chunk[at - 1] !== LF) throw rowWithoutEnd()
    writer.endRow()
    this.rows++
    return at
  }
}
