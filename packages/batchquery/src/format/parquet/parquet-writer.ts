import { BatchQueryError } from '../../errors/index.ts'
import { type CodecName, codecOf } from './codecs.ts'
import { ColumnChunk } from './column-chunk.ts'
import { Compressor } from './compressor.ts'
import { type ColumnLimits, limitsFor } from './limits.ts'
import { type ColumnOfRows, columnFor } from './list-column.ts'
import { Entries } from './list-levels.ts'
import { Output } from './output.ts'
import type { PageTaker } from './page.ts'
import { Arena } from './page-store.ts'
import { RowGroup } from './row-group.ts'
import { StagedRows } from './staged-rows.ts'
import type { ParquetColumn } from './type.ts'
import { Values } from './values.ts'

export interface ParquetOptions {
  readonly codec: CodecName
  /** Raw column bytes of a row group. @default 64 MiB */
  readonly groupBytes?: number
  /** A part ends before a group that would make it longer. @default - it ends with `endPart` only */
  readonly maxPartBytes?: number
  /** @default - by the number of columns and the memory */
  readonly limits?: ColumnLimits
  /** The memory of the whole process. Groups get smaller if they do not fit into it. @default 256 MiB */
  readonly memoryBytes?: number
  /** `batchquery version 1.0.0 (build abcdef)`, the form that readers parse. */
  readonly createdBy: string
  /** The file's key-value metadata. */
  readonly metadata?: readonly (readonly [key: string, value: string])[]
}

const GROUP_BYTES = 64 << 20
const GROUP_ROWS = 1 << 20
/** While groups are drained, the next one may fill the memory up to so many full groups. */
const MEMORY_IN_GROUPS = 1.25
/** Batches of fewer rows are staged. */
const FEW_ROWS = 32

/** A longer value comes in pieces: `startValue`, `piece`, `endValue`. */
export const LONGEST_VALUE = 1 << 20

/**
 * Writes rows as Parquet files, one after the other. Rows go into the open row group. A full group ends by itself. Only then can its bytes
 * be drained, once they are compressed.
 */
export class ParquetWriter {
  /** The bytes of ended groups and parts. */
  readonly output: Output
  readonly #columns: readonly ColumnOfRows[]
  readonly #compressor: Compressor
  readonly #arena: Arena
  readonly #groupBytes: number
  /** The compressed bytes that a group has at most, and all groups together. */
  readonly #mostGroupHeld: number
  readonly #mostHeld: number
  readonly #values = new Values()
  readonly #staged: StagedRows
  #group: RowGroup
  /** Raw bytes of the open group. */
  #rawBytes = 0
  /** Compressed bytes of the last group for each raw byte. */
  #ratio = 0.5
  /** Rows before the open group. */
  #earlierRows = 0
  /** The column of the next value of a row that comes value by value. */
  #column = 0
  readonly #place = new Int32Array(2)
  /** The longest value that came in pieces, and that of the open group. */
  #longest = 0
  #longestOfGroup = 0
  /** While a group ends: how many columns have given all their pages. -1 if no group ends. */
  #endedColumns = -1
  #isPartEnding = false

  /** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
  constructor(columns: readonly ParquetColumn[], options: ParquetOptions) {
    if (columns.length === 0)
      throw new BatchQueryError('INTERNAL', 'a Parquet file needs at least one column')
    const codec = codecOf(options.codec)
    const { groupBytes = GROUP_BYTES, maxPartBytes = Number.POSITIVE_INFINITY } = options
    const { createdBy, metadata = [] } = options
    const memory = limitsFor(columns.length, options.memoryBytes)
    const { limits = memory.column } = options
    this.#groupBytes = groupBytes
    this.#mostHeld = Math.min(memory.heldBytes, groupBytes * MEMORY_IN_GROUPS)
    this.#mostGroupHeld = memory.heldBytes / MEMORY_IN_GROUPS
    this.#compressor = new Compressor(codec)
    this.#arena = new Arena(this.#mostHeld / columns.length / 8)
    const entries = new Entries()
    this.#columns = columns.map((column, index) => {
      const take: PageTaker['take'] = (page, bytes) =>
        this.#compressor.add(this.#group.chunks[index], page, bytes)
      const long: PageTaker['long'] = bytes => this.#compressor.long(bytes)
      return columnFor(column, limits, { codec: codec.name, take, long }, entries)
    })
    this.#group = this.#newGroup()
    this.#staged = new StagedRows(columns.length)
    const parts = { partBytes: maxPartBytes, footerBytes: memory.footerBytes }
    this.output = new Output(columns, { codec, createdBy, metadata }, parts)
  }

  /** Zero and partial dates that became NULL, by column. */
  get zeroDates(): readonly number[] {
    return this.#columns.map(({ zeroDates }) => zeroDates)
  }

  /** Whether rows can be taken now. If not, the caller drains `output`, or waits for `whenReady`. */
  get canTake(): boolean {
    if (this.#isEnding || this.isBusy) return false
    // A long value is in memory twice: raw, and compressed.
    return this.output.isEmpty || this.#heldBytes + 2 * this.#longest <= this.#mostHeld
  }

  /** Whether all rows were drained that it has taken, up to the end of the last group. */
  get isDrained(): boolean {
    return !this.#isEnding && this.output.isEmpty
  }

  /**
   * Takes rows in place: value c of row r is at `places[2 * (r * columns + c)]` in the source, with its end after it, or -1
   * for NULL. Returns how many it took. It stops at the end of a group, and when it must wait.
   * @param from the first of the `count` rows in `places`
   * @throws QUERY_FAILED for a value that the column's type cannot hold
   */
  takeRows(source: Buffer, places: Int32Array, from: number, count: number): number {
    if (!this.canTake) return 0
    const rows = Math.min(count, GROUP_ROWS - this.#group.rows - this.#staged.rows)
    if (rows < FEW_ROWS) {
      this.#staged.add(source, places, from, rows)
      if (this.#staged.isFull) this.#flush()
    } else {
      this.#flush()
      this.#collect(source, places, from, rows)
    }
    this.#endIfFull()
    return rows
  }

  /** Begins a row that comes value by value, because it does not fit into a block. */
  startRow(): void {
    this.#flush()
    this.#column = 0
  }

  value(source: Buffer, start: number, end: number): void {
    this.#place[0] = start
    this.#place[1] = end
    this.#values.use(source)
    this.#takePlace()
  }

  nullValue(): void {
    this.#place.fill(-1)
    this.#takePlace()
  }

  /** Begins a value of `length` bytes in pieces. It gets a page of its own. */
  startValue(length: number): void {
    this.#longest = Math.max(this.#longest, length)
    this.#longestOfGroup = Math.max(this.#longestOfGroup, length)
    this.#columns[this.#column].startLong(length)
  }

  piece(source: Buffer, start: number, end: number): void {
    this.#columns[this.#column].piece(source, start, end)
  }

  /** After it the caller waits while `isBusy`, so that no more than a few values are in memory. */
  endValue(): void {
    this.#next(column => column.endLong(this.#values, this.#rowNumber))
  }

  get isBusy(): boolean {
    this.#compressor.check()
    return this.#compressor.isBusy
  }

  endRow(): void {
    this.#group.rows++
    this.#endIfFull()
  }

  /** Ends the open group and the file. The next row begins another one. */
  endPart(): void {
    this.#flush()
    this.#isPartEnding = true
    if (this.#group.rows > 0) this.#endGroup()
    else this.#endPartIfDue()
  }

  /** Resolves when rows can be taken or `output` has bytes. Rejects if a compression failed. */
  async whenReady(): Promise<void> {
    while (!this.canTake && !this.output.isReady) await this.#compressor.progress()
  }

  /** Resolves when `output` has bytes, or everything is drained. Rejects if a compression failed. */
  async whenOutput(): Promise<void> {
    while (!this.isDrained && !this.output.isReady) await this.#compressor.progress()
  }

  /** Drops all rows that are not drained, and releases the memory. */
  discard(): void {
    this.#endedColumns = -1
    this.#compressor.discard()
    this.output.release()
    this.#group.release()
  }

  /** The number of the row that comes value by value. */
  get #rowNumber(): number {
    return this.#earlierRows + this.#group.rows + 1
  }

  /** Bytes of pages that have ended. */
  get #heldBytes(): number {
    return this.#arena.usedBytes + this.#compressor.waitingBytes
  }

  #takePlace(): void {
    this.#next(column => column.collect(this.#values, this.#place, 0, 2, 1, this.#rowNumber))
  }

  #next(take: (column: ColumnOfRows) => void): void {
    const column = this.#columns[this.#column++]
    const before = column.rawBytes
    take(column)
    this.#rawBytes += column.rawBytes - before
  }

  #flush(): void {
    const { rows, source, places } = this.#staged
    if (rows === 0) return
    this.#staged.clear()
    this.#collect(source, places, 0, rows)
  }

  #collect(source: Buffer, places: Int32Array, from: number, rows: number): void {
    const columns = this.#columns
    const values = this.#values
    const stride = 2 * columns.length
    const firstRow = this.#rowNumber
    let rawBytes = 0
    values.use(source)
    for (let c = 0; c < columns.length; c++) {
      columns[c].collect(values, places, from * stride + 2 * c, stride, rows, firstRow)
      rawBytes += columns[c].rawBytes
    }
    this.#rawBytes = rawBytes
    this.#group.rows += rows
  }

  #endIfFull(): void {
    const rows = this.#group.rows + this.#staged.rows
    // Memory that other groups use says nothing about this one. Another value that is as long would be in memory twice.
    const expected = Math.max(this.#heldBytes, this.#rawBytes * this.#ratio) + this.#longestOfGroup
    const isHeavy = this.output.isEmpty && expected >= this.#mostGroupHeld
    if (rows < GROUP_ROWS && this.#rawBytes < this.#groupBytes && !isHeavy) return
    this.#flush()
    this.#endGroup()
  }

  #endGroup(): void {
    this.#endedColumns = 0
    this.#continueEnd()
  }

  /** Whether a group still ends. */
  get #isEnding(): boolean {
    if (this.#endedColumns >= 0) this.#continueEnd()
    return this.#endedColumns >= 0
  }

  /** Ends the columns of the group as long as the compressor keeps up, because the pages of all of them would fill the memory. */
  #continueEnd(): void {
    const group = this.#group
    while (this.#endedColumns < this.#columns.length) {
      if (this.isBusy) return
      const index = this.#endedColumns++
      group.chunks[index].distinct = this.#columns[index].endGroup()
      group.chunks[index].shapes = this.#columns[index].takeShapes()
    }
    this.#endedColumns = -1
    this.output.add(group)
    if (group.isWhole) this.#ratio = group.bytes / Math.max(1, this.#rawBytes)
    this.#earlierRows += group.rows
    this.#rawBytes = 0
    this.#longestOfGroup = 0
    this.#group = this.#newGroup()
    this.#endPartIfDue()
  }

  #endPartIfDue(): void {
    if (this.#isPartEnding) this.output.endPart()
    this.#isPartEnding = false
  }

  #newGroup(): RowGroup {
    return new RowGroup(this.#columns.map(({ physical }) => new ColumnChunk(physical.order, this.#arena)))
  }
}
