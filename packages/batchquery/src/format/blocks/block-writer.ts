import { BatchQueryError } from '../../errors/index.ts'
import type { Block, BlockPool, BlockSource } from './block.ts'

const NO_BUFFER = Buffer.alloc(0)

/**
 * Fills the blocks of a pool with rows and cuts them into parts. For rows that are written at once, this class alone
 * decides where a block and where a part ends:
 *
 * - A row lies in one block, unless it is written in pieces because it is too large for that.
 * - A block that is not the last of its part is at least three quarters full.
 * - A part holds at most `maxPartBytes`, unless its only row is larger or its last row was written in pieces.
 *
 * Nothing here waits. If no buffer is free, the reserve methods return false; the caller then stops reading its
 * source, awaits `whenReady()` and asks again.
 *
 *     whole row:  reserve(n)      → write at most n bytes to buffer from at, move at → endRow()
 *     in pieces:  reserveLarge(n) → { reservePiece(n) → write at most n bytes, move at } … → endRow()
 *     end:        finish() | discard()
 */
export class BlockWriter implements BlockSource {
  /** The block being filled; valid from a reserve call that returned true to the next call of any method. */
  buffer: Buffer = NO_BUFFER
  /** The place of the next byte in `buffer`. */
  at = 0
  /** Rows ended so far, in all blocks. */
  rows = 0

  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #pool: BlockPool
  readonly #maxPartBytes: number
  readonly #emit: (block: Block) => void
  /**
   * Ready for a row that must move to the next part. If it exists, the row began in this block, because
   * the next block uses it up.
   */
  #spare: Buffer | null = null
  /** Bytes of the current part in blocks that were handed out. */
  #partBytes = 0
  /** The end of the last complete row of this block, and how many rows end in the block. */
  #rowsEnd = 0
  #rowsEnded = 0

  constructor(pool: BlockPool, maxPartBytes: number, emit: (block: Block) => void) {
    this.#pool = pool
    this.#maxPartBytes = maxPartBytes
    this.#emit = emit
  }

  /** The most bytes that `reserve` grants; a row that may need more is written in pieces. */
  get largestWholeRow(): number {
    return this.#pool.blockBytes >>> 2
  }

  /** How many bytes of whole rows can be written now without ending the block or the part. */
  get room(): number {
    const remaining = this.#maxPartBytes - this.#partBytes
    return Math.max(0, Math.min(this.buffer.length, remaining) - this.at)
  }

  /** `buffer`, to be written word by word. */
  get view(): DataView {
    const { buffer, byteOffset, length } = this.buffer
    if (this.#view.buffer !== buffer || this.#view.byteOffset !== byteOffset)
      this.#view = new DataView(buffer, byteOffset, length)
    return this.#view
  }

  /** Makes room for a row of at most `bytes`, no more than `largestWholeRow`. */
  reserve(bytes: number): boolean {
    if (this.at + bytes > this.buffer.length && !this.#nextBuffer(false)) return false
    if (this.#partBytes + this.at + bytes <= this.#maxPartBytes || this.#spare !== null) return true
    this.#spare = this.#pool.take()
    return this.#spare !== null
  }

  /** Begins a row that is written in pieces and will take at least `leastBytes`. */
  reserveLarge(leastBytes: number): boolean {
    const partFull = this.#partBytes + this.at + leastBytes > this.#maxPartBytes
    if (partFull && this.#partBytes + this.at > 0) return this.#nextBuffer(true)
    return this.buffer !== NO_BUFFER || this.#nextBuffer(false)
  }

  /** Makes room for the next `bytes` of a row in pieces, no more than `largestWholeRow`. */
  reservePiece(bytes: number): boolean {
    return this.at + bytes <= this.buffer.length || this.#nextBuffer(false)
  }

  /** The row ends at `at`. If it took the part over its limit, it becomes the first row of the next part. */
  endRow(): void {
    const partIsOver = this.#partBytes + this.at > this.#maxPartBytes
    if (partIsOver && this.#spare !== null) this.#cutBeforeRow(this.#spare)
    this.rows++
    this.#rowsEnded++
    this.#rowsEnd = this.at
  }

  /** Copies `rows` whole rows, no more bytes than `room`. */
  appendRows(source: Uint8Array, start: number, end: number, rows: number): void {
    this.buffer.set(source.subarray(start, end), this.at)
    this.rowsWritten(this.at + end - start, rows)
  }

  /** `rows` whole rows were written to `buffer` from `at` to `end`, within `room`. */
  rowsWritten(end: number, rows: number): void {
    this.at = end
    this.rows += rows
    this.#rowsEnded += rows
    this.#rowsEnd = end
  }

  /** Resolves when a call that was refused is worth another try. */
  whenReady(): Promise<void> {
    return this.#pool.whenFree()
  }

  /** Ends the part after a whole row, and hands out its last block at once. Another row begins another part. */
  endPart(): void {
    if (this.#partBytes + this.at > 0 || this.#rowsEnded > 0) this.#handOut(this.at, true)
    this.discard()
  }

  /** Hands out the last block, at once. Call it once, after the last row. */
  finish(): Promise<void> {
    if (this.at > 0 || this.#rowsEnded > 0) this.#handOut(this.at, false)
    this.discard()
    return Promise.resolve()
  }

  /** Returns the buffers to the pool without handing them out. */
  discard(): void {
    if (this.buffer !== NO_BUFFER) this.#pool.give(this.buffer)
    if (this.#spare !== null) this.#pool.give(this.#spare)
    this.buffer = NO_BUFFER
    this.#spare = null
    this.#rowsEnded = 0
    this.at = 0
  }

  #nextBuffer(endsPart: boolean): boolean {
    const next = this.#spare ?? this.#pool.take()
    if (next === null) return false
    this.#spare = null
    if (this.buffer !== NO_BUFFER) this.#handOut(this.at, endsPart)
    this.buffer = next
    return true
  }

  #cutBeforeRow(spare: Buffer): void {
    const rowStart = this.#rowsEnd
    if (this.#partBytes + rowStart === 0) return
    const row = this.buffer.subarray(rowStart, this.at)
    spare.set(row)
    this.#handOut(rowStart, true)
    this.buffer = spare
    this.#spare = null
    this.at = row.length
  }

  #handOut(bytes: number, endsPart: boolean): void {
    const buffer = this.buffer
    // A typed array silently drops what is written beyond its end.
    if (this.at > buffer.length)
      throw new BatchQueryError('INTERNAL', `A row ran ${this.at - buffer.length} bytes over its block.`)
    this.#emit({
      bytes: buffer.subarray(0, bytes),
      rowsEnded: this.#rowsEnded,
      endsRow: this.#rowsEnd === bytes,
      endsPart,
      partition: '',
      release: () => {
        if (buffer !== NO_BUFFER) this.#pool.give(buffer)
      },
    })
    this.#partBytes = endsPart ? 0 : this.#partBytes + bytes
    this.#rowsEnd = 0
    this.#rowsEnded = 0
    this.at = 0
    this.buffer = NO_BUFFER
  }
}
