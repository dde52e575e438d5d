import { collectGarbage } from '../../platform/index.ts'
import type { Block, BlockOutput } from '../blocks/block.ts'
import type { InvalidDates } from '../column.ts'
import type { Encoder } from '../encoder.ts'
import { LONGEST_VALUE, type ParquetOptions, ParquetWriter } from './parquet-writer.ts'
import type { ParquetColumn } from './type.ts'

/** Longer rows come value by value. */
const MOST_ROW_BYTES = LONGEST_VALUE
const MOST_PIECE_BYTES = LONGEST_VALUE
const NO_BYTES = new Uint8Array()
/** A collection of garbage pays after groups of so many bytes. */
const BETWEEN_COLLECTIONS = 32 << 20
/** The objects of a column in a group count as so many bytes. */
const COLUMN_BYTES = 16 << 10

/** Passes rows to a writer of Parquet files, and the writer's bytes to the blocks of a pool. */
export class ParquetEncoder implements Encoder {
  readonly partStart = new Uint8Array()
  readonly mostRowBytes = MOST_ROW_BYTES
  readonly mostPieceBytes = MOST_PIECE_BYTES
  readonly inline = null
  readonly #writer: ParquetWriter
  readonly #columns: readonly ParquetColumn[]
  readonly #output: BlockOutput
  /** The block that is being filled, up to `#at`. */
  #block: Buffer | null = null
  #at = 0
  #rowsEnded = 0
  #endsRow = false
  /** Whether the last block did not end its part. */
  #isPartOpen = false
  /** The value that comes in pieces. */
  #value: ValueInPieces | null = null
  /** The bytes of the groups that ended since the last collection of garbage. */
  #garbageBytes = 0
  #isDiscarded = false
  readonly #discarded: Promise<void>
  #wake = (): void => {}

  constructor(
    columns: readonly ParquetColumn[],
    output: BlockOutput,
    options: Omit<ParquetOptions, 'maxPartBytes'>,
  ) {
    this.#columns = columns
    this.#output = output
    this.#writer = new ParquetWriter(columns, { ...options, maxPartBytes: output.maxPartBytes })
    this.#discarded = new Promise(resolve => {
      this.#wake = resolve
    })
  }

  get invalidDates(): readonly InvalidDates[] {
    return this.#writer.zeroDates.flatMap((count, index) =>
      count === 0 ? [] : [{ column: this.#columns[index].name, count }],
    )
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    let taken = 0
    while (taken < count) {
      this.#drain()
      const more = this.#writer.takeRows(source, places, taken, count - taken)
      if (more === 0) break
      taken += more
    }
    this.#drain()
    return taken
  }

  startRow(): boolean {
    this.#drain()
    if (!this.#writer.canTake) return false
    this.#writer.startRow()
    return true
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    if (this.#value === null) {
      if (!this.#goesOn()) return false
      if (rest === 0) {
        this.#writer.value(source, start, end)
        return true
      }
      const bytes = rest < 0 ? rest : end - start + rest
      this.#value =
        bytes > LONGEST_VALUE ? new LongValue(this.#writer, bytes) : new GatheredValue(this.#writer)
    }
    this.#value.add(source, start, end)
    if (rest !== 0) return true
    this.#value.end()
    this.#value = null
    return true
  }

  nullValue(): boolean {
    if (!this.#goesOn()) return false
    this.#writer.nullValue()
    return true
  }

  endRow(): boolean {
    this.#writer.endRow()
    return true
  }

  async whenReady(): Promise<void> {
    while (!this.#isDiscarded && !this.#writer.canTake) {
      if (!this.#drain()) await this.#unlessDiscarded(this.#output.pool.whenFree())
      else if (!this.#writer.canTake) await this.#unlessDiscarded(this.#writer.whenReady())
    }
  }

  async endPart(): Promise<void> {
    await this.#drainPart()
    if (this.#isDiscarded) return
    if (this.#block !== null) this.#handOut(this.#block, true)
    else if (this.#isPartOpen) this.#emit(NO_BYTES, true, () => {})
  }

  async finish(): Promise<void> {
    await this.#drainPart()
    if (!this.#isDiscarded && this.#block !== null) this.#handOut(this.#block, false)
  }

  discard(): void {
    if (this.#isDiscarded) return
    this.#isDiscarded = true
    this.#writer.discard()
    if (this.#block !== null) this.#output.pool.give(this.#block)
    this.#block = null
    this.#wake()
  }

  async #drainPart(): Promise<void> {
    this.#writer.endPart()
    while (!this.#isDiscarded) {
      const isDrained = this.#drain()
      if (isDrained && this.#writer.isDrained) break
      await this.#unlessDiscarded(isDrained ? this.#writer.whenOutput() : this.#output.pool.whenFree())
    }
  }

  #unlessDiscarded(ready: Promise<void>): Promise<void> {
    return Promise.race([ready, this.#discarded])
  }

  /** Whether the next value of an open row can be taken. */
  #goesOn(): boolean {
    this.#drain()
    return !this.#writer.isBusy
  }

  /** Moves the bytes that are ready to blocks. Returns false if there is no block for them. */
  #drain(): boolean {
    const { output } = this.#writer
    while (output.isReady && !this.#isDiscarded) {
      const block = this.#block ?? this.#output.pool.take()
      if (block === null) return false
      this.#block = block
      this.#at = output.drain(block, this.#at)
      this.#endsRow = output.endedRows > 0 || output.endedPart !== null
      this.#rowsEnded += output.endedRows
      const endsPart = output.endedPart !== null && !output.isEmpty
      if (endsPart || this.#at === block.length) this.#handOut(block, endsPart)
      if (output.endedRows > 0) this.#collectGarbage(output.endedRawBytes)
    }
    return true
  }

  /** The objects of a group are too old for the collections of a driver. */
  #collectGarbage(groupBytes: number): void {
    this.#garbageBytes += groupBytes + this.#columns.length * COLUMN_BYTES
    if (this.#garbageBytes < BETWEEN_COLLECTIONS) return
    this.#garbageBytes = 0
    collectGarbage('everywhere')
  }

  #handOut(buffer: Buffer, endsPart: boolean): void {
    const { pool } = this.#output
    const bytes = buffer.subarray(0, this.#at)
    this.#block = null
    this.#at = 0
    this.#emit(bytes, endsPart, () => pool.give(buffer))
  }

  #emit(bytes: Uint8Array, endsPart: boolean, release: () => void): void {
    const rowsEnded = this.#rowsEnded
    this.#rowsEnded = 0
    this.#isPartOpen = !endsPart
    const block: Block = { bytes, rowsEnded, endsRow: this.#endsRow, endsPart, partition: '', release }
    this.#output.emit(block)
  }
}

interface ValueInPieces {
  add(source: Buffer, start: number, end: number): void
  end(): void
}

/** A long value of known length, which goes into a page of its own. */
class LongValue implements ValueInPieces {
  readonly #writer: ParquetWriter

  constructor(writer: ParquetWriter, bytes: number) {
    this.#writer = writer
    writer.startValue(bytes)
  }

  add(source: Buffer, start: number, end: number): void {
    this.#writer.piece(source, start, end)
  }

  end(): void {
    this.#writer.endValue()
  }
}

/** A value that is short, or whose length only its end shows. */
class GatheredValue implements ValueInPieces {
  readonly #writer: ParquetWriter
  readonly #pieces: Buffer[] = []
  #bytes = 0

  constructor(writer: ParquetWriter) {
    this.#writer = writer
  }

  add(source: Buffer, start: number, end: number): void {
    this.#pieces.push(Buffer.from(source.subarray(start, end)))
    this.#bytes += end - start
  }

  end(): void {
    if (this.#bytes <= LONGEST_VALUE) {
      this.#writer.value(Buffer.concat(this.#pieces), 0, this.#bytes)
      return
    }
    this.#writer.startValue(this.#bytes)
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift())
      this.#writer.piece(piece, 0, piece.length)
    this.#writer.endValue()
  }
}
