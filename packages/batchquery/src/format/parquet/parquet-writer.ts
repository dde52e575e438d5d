import { BatchQueryError } from '../../errors/index.ts'
import { type CodecName, codecOf } from './codecs.ts'
import { Column } from './column.ts'
import { ColumnChunk } from './column-chunk.ts'
import { type ColumnLimits, limitsFor } from './column-limits.ts'
import { Compressor } from './compressor.ts'
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
  /** @default - by the number of columns */
  readonly limits?: ColumnLimits
  /** `batchquery version 1.0.0 (build abcdef)`, the form that readers parse. */
  readonly createdBy: string
  /** The file's key-value metadata. */
  readonly metadata?: readonly (readonly [key: string, value: string])[]
}

const MIB = 1 << 20
const GROUP_BYTES = 64 * MIB
const GROUP_ROWS = 1 << 20
/** More columns than these get smaller groups, because each column needs memory in addition to its values. */
const MANY_COLUMNS = 1000
const SMALL_GROUP = 32 * MIB
const LARGEST_BLOCK = 256 * 1024
const LEAST_BLOCK = 2048
/** While a group is drained, the next one may fill the memory up to so many full groups. */
const MEMORY_IN_GROUPS = 1.25
/** Batches of fewer rows are staged, until there are so many rows or bytes. */
const FEW_ROWS = 32
const STAGED_ROWS = 256
const STAGED_BYTES = 2 * MIB

/** A longer value comes in pieces: `startValue`, `piece`, `endValue`. */
export const LONGEST_VALUE = MIB

/**
 * Writes rows as Parquet files, one after the other. Rows go into the open row group. A full group ends by itself, and its
 * bytes can be drained once they are compressed. Nothing of a group can be drained before it ends.
 */
export class ParquetWriter {
  /** The bytes of ended groups and parts. */
  readonly output: Output
  readonly #columns: readonly Column[]
  readonly #compressor: Compressor
  readonly #arena: Arena
  readonly #groupBytes: number
  readonly #values = new Values()
  readonly #staged: StagedRows
  #group: RowGroup
  /** Rows before the open group. */
  #earlierRows = 0
  /** The column of the next value of a row that comes value by value. */
  #column = 0
  readonly #place = new Int32Array(2)
  /** The longest value that came in pieces. */
  #longest = 0

  /** @throws UNSUPPORTED_CLAUSE for ZSTD if Node's zlib has none */
  constructor(columns: readonly ParquetColumn[], options: ParquetOptions) {
    if (columns.length === 0) throw new BatchQueryError('INTERNAL', 'a Parquet file needs a column')
    const codec = codecOf(options.codec)
    const { groupBytes = GROUP_BYTES, maxPartBytes = Number.POSITIVE_INFINITY } = options
    const { createdBy, metadata = [] } = options
    this.#groupBytes = columns.length > MANY_COLUMNS ? Math.min(groupBytes, SMALL_GROUP) : groupBytes
    this.#compressor = new Compressor(codec)
    const block = Math.min(LARGEST_BLOCK, Math.max(LEAST_BLOCK, groupBytes / columns.length / 8))
    this.#arena = new Arena(Math.floor(block))
    const { limits = limitsFor(columns.length) } = options
    this.#columns = columns.map((column, index) => {
      const take: PageTaker['take'] = (page, bytes) =>
        this.#compressor.add(this.#group.chunks[index], page, bytes)
      return new Column(column, limits, { take, long: bytes => this.#compressor.long(bytes) })
    })
    this.#group = this.#newGroup()
    this.#staged = new StagedRows(columns.length)
    this.output = new Output(columns, { codec, createdBy, metadata }, maxPartBytes)
  }

  /** Rows that were taken. */
  get rows(): number {
    return this.#earlierRows + this.#group.rows + this.#staged.rows
  }

  /** Zero and partial dates that became NULL, by column. */
  get zeroDates(): readonly number[] {
    return this.#columns.map(({ zeroDates }) => zeroDates)
  }

  /** The bytes of the open part if it ended now, without its footer: those of the open pages count uncompressed. */
  get partBytes(): number {
    const open = this.#columns.reduce((sum, { openBytes }) => sum + openBytes, 0)
    return this.output.partBytes + this.#group.bytes + this.#compressor.waitingBytes + open
  }

  /** Whether rows can be taken now. If not, the caller drains `output`, or waits for `whenReady`. */
  get canTake(): boolean {
    this.#compressor.check()
    if (this.#compressor.isBusy) return false
    if (this.output.isEmpty) return true
    // A long value is in memory twice: raw, and compressed.
    const bytes = this.#arena.usedBytes + this.#rawBytes() + 2 * this.#longest
    return bytes <= this.#groupBytes * MEMORY_IN_GROUPS
  }

  /**
   * Takes rows in place: value c of row r is at `places[2 * (r * columns + c)]` in the source, with its end after it, or -1
   * for NULL. Returns how many it took. It stops at the end of a group, where a part may end, and when it must wait.
   *
   * @param from the first of the `count` rows in `places`
   * @throws QUERY_FAILED for a value that the column's type cannot hold
   */
  takeRows(source: Buffer, places: Int32Array, from: number, count: number): number {
    if (!this.canTake) return 0
    const rows = Math.min(count, GROUP_ROWS - this.#group.rows - this.#staged.rows)
    if (rows < FEW_ROWS) {
      this.#staged.add(source, places, from, rows)
      if (this.#staged.rows >= STAGED_ROWS || this.#staged.bytes >= STAGED_BYTES) this.#flush()
    } else {
      this.#flush()
      this.#collect(source, places, from, rows)
    }
    this.#endIfFull()
    return rows
  }

  // A row value by value, for rows that do not fit into a block.

  startRow(): void {
    this.#flush()
    this.#column = 0
  }

  value(source: Buffer, start: number, end: number): void {
    this.#place[0] = start
    this.#place[1] = end
    this.#values.use(source)
    this.#next().collect(this.#values, this.#place, 0, 2, 1, this.rows + 1)
  }

  nullValue(): void {
    this.#place[0] = -1
    this.#next().collect(this.#values, this.#place, 0, 2, 1, this.rows + 1)
  }

  /** Begins a value of `length` bytes in pieces. It gets a page of its own. */
  startValue(length: number): void {
    this.#longest = Math.max(this.#longest, length)
    this.#columns[this.#column].startLong(length)
  }

  piece(source: Buffer, start: number, end: number): void {
    this.#columns[this.#column].piece(source, start, end)
  }

  /** After it the caller waits while `isBusy`, so that no more than a few values are in memory. */
  endValue(): void {
    this.#next().endLong(this.#values, this.rows + 1)
  }

  get isBusy(): boolean {
    this.#compressor.check()
    return this.#compressor.isBusy
  }

  endRow(): void {
    this.#group.rows++
    this.#endIfFull()
  }

  /** Ends the open group, if it has rows. */
  endGroup(): void {
    this.#flush()
    const group = this.#group
    if (group.rows === 0) return
    this.#columns.forEach((column, index) => {
      group.chunks[index].distinct = column.endGroup()
    })
    this.output.add(group)
    this.#earlierRows += group.rows
    this.#group = this.#newGroup()
  }

  /** Ends the open group and the file. The next row begins another one. */
  endPart(): void {
    this.endGroup()
    this.output.endPart()
  }

  /** Resolves when rows can be taken or `output` has bytes. Rejects if a compression failed. */
  async whenReady(): Promise<void> {
    while (!this.canTake && !this.output.isReady) await this.#compressor.progress()
  }

  /** Resolves when `output` has bytes, or has nothing left. Rejects if a compression failed. */
  async whenOutput(): Promise<void> {
    while (!this.output.isReady && !this.output.isEmpty) await this.#compressor.progress()
  }

  /** Drops all rows that are not drained, and releases the memory. */
  discard(): void {
    this.#compressor.discard()
    this.output.release()
    this.#group.release()
  }

  #next(): Column {
    return this.#columns[this.#column++]
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
    const firstRow = this.#earlierRows + this.#group.rows + 1
    values.use(source)
    for (let c = 0; c < columns.length; c++)
      columns[c].collect(values, places, from * stride + 2 * c, stride, rows, firstRow)
    this.#group.rows += rows
  }

  #endIfFull(): void {
    if (this.#group.rows >= GROUP_ROWS || this.#rawBytes() >= this.#groupBytes) this.endGroup()
    else if (this.#group.rows + this.#staged.rows >= GROUP_ROWS) this.endGroup()
  }

  #rawBytes(): number {
    let bytes = 0
    for (const column of this.#columns) bytes += column.rawBytes
    return bytes
  }

  #newGroup(): RowGroup {
    return new RowGroup(this.#columns.map(({ physical }) => new ColumnChunk(physical.order, this.#arena)))
  }
}
