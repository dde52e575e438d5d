import type { BlockWriter } from '../../format/index.ts'
import type { RowSink } from '../text-rows.ts'

const LINE_END = Buffer.from('\n')

/** Writes canonical TEXT as it is: rows that lie one after the other are copied at once. */
export class RowCopier implements RowSink {
  readonly largestWhole: number
  readonly #writer: BlockWriter
  /** The rows that were taken and not copied yet: none, or as many as the writer has room for. */
  #source: Buffer = LINE_END
  #start = 0
  #end = 0
  #rows = 0
  #room = 0

  constructor(writer: BlockWriter) {
    this.#writer = writer
    this.largestWhole = writer.largestWholeRow
  }

  row(bytes: Buffer, start: number, end: number): boolean {
    if (this.#rows > 0 && end - this.#start > this.#room) this.flush()
    if (this.#rows === 0) {
      this.#room = this.#writer.room
      if (end - start > this.#room) return this.#beyondRoom(bytes, start, end)
      this.#source = bytes
      this.#start = start
    }
    this.#end = end
    this.#rows++
    return true
  }

  flush(): void {
    if (this.#rows > 0) this.#writer.appendRows(this.#source, this.#start, this.#end, this.#rows)
    this.#rows = 0
  }

  startPieces(leastBytes: number): boolean {
    return this.#writer.reserveLarge(leastBytes)
  }

  piece(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      const next = Math.min(end, at + this.largestWhole)
      if (!this.#writer.reservePiece(next - at)) return at
      this.#append(bytes, at, next)
      at = next
    }
    return at
  }

  endPieces(): boolean {
    if (!this.#writer.reservePiece(LINE_END.length)) return false
    this.#append(LINE_END, 0, LINE_END.length)
    this.#writer.endRow()
    return true
  }

  /** The row ends the block or the part. */
  #beyondRoom(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#writer.reserve(end - start)) return false
    this.#append(bytes, start, end)
    this.#writer.endRow()
    return true
  }

  #append(bytes: Buffer, start: number, end: number): void {
    this.#writer.at += bytes.copy(this.#writer.buffer, this.#writer.at, start, end)
  }
}
