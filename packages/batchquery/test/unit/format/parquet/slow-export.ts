import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Block, BlockPool, type Encoder } from '../../../../src/format/index.ts'
import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { ParquetEncoder } from '../../../../src/format/parquet/parquet-encoder.ts'
import type { ParquetOptions } from '../../../../src/format/parquet/parquet-writer.ts'
import { placesOf, type Row } from './write-file.ts'

export interface Part {
  readonly file: Buffer
  readonly rows: number
}

interface StoreOptions extends Partial<Omit<ParquetOptions, 'maxPartBytes'>> {
  readonly blockBytes?: number
  readonly blocks?: number
  readonly maxPartBytes?: number
  /** Turns of the event loop that the store takes for a block. */
  readonly slowness?: () => number
}

/** An encoder with a store that takes its blocks, late. */
export class Export {
  readonly encoder: Encoder
  readonly parts: Part[] = []
  /** How often a caller had to wait. */
  waits = 0
  /** Buffers that the encoder and the store have. */
  lent = 0
  readonly #slowness: () => number
  readonly #blockBytes: number
  readonly #queue: Block[] = []
  #open: Buffer[] = []
  #rows = 0
  #isStoring = false
  #whenStored: () => void = () => {}

  constructor(columns: readonly ParquetColumn[], options: StoreOptions = {}) {
    const { blockBytes = 10_000, blocks = 2, maxPartBytes = 1 << 30, slowness = () => 0, ...rest } = options
    this.#slowness = slowness
    this.#blockBytes = blockBytes
    const real = new BlockPool(blockBytes, blocks)
    const { take, give } = { take: real.take.bind(real), give: real.give.bind(real) }
    real.take = () => {
      const buffer = take()
      if (buffer !== null) this.lent++
      return buffer
    }
    real.give = buffer => {
      this.lent--
      give(buffer)
    }
    const emit = (block: Block): void => {
      this.#queue.push(block)
      void this.#store()
    }
    const writer = { codec: 'NONE' as const, createdBy: 'batchquery version 0.1.0 (build 0.1.0)', ...rest }
    this.encoder = new ParquetEncoder(columns, { pool: real, maxPartBytes, emit }, writer)
  }

  async #store(): Promise<void> {
    if (this.#isStoring) return
    this.#isStoring = true
    for (let block = this.#queue.shift(); block !== undefined; block = this.#queue.shift()) {
      for (let turns = this.#slowness(); turns > 0; turns--) await turn()
      const { bytes, rowsEnded, endsPart } = block
      // S3 needs equal chunks, except for the last one of a part.
      if (!endsPart && this.#queue.length > 0) expect(bytes.length).toBe(this.#blockBytes)
      this.#open.push(Buffer.from(bytes))
      this.#rows += rowsEnded
      if (endsPart) {
        expect(block.endsRow).toBe(true)
        this.#close()
      }
      block.release()
    }
    this.#isStoring = false
    this.#whenStored()
  }

  #close(): void {
    this.parts.push({ file: Buffer.concat(this.#open), rows: this.#rows })
    this.#open = []
    this.#rows = 0
  }

  async ready(): Promise<void> {
    expect(++this.waits).toBeLessThan(100_000)
    await this.encoder.whenReady()
  }

  async rows(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    const { source, places } = placesOf(rows)
    const width = 2 * rows[0].length
    for (let from = 0; from < rows.length; ) {
      from += this.encoder.rows(source, places.subarray(from * width), rows.length - from)
      if (from < rows.length) await this.ready()
    }
    // The source is the driver's again.
    source.fill(0xff)
  }

  /** A row in pieces of at most so many bytes. */
  async rowInPieces(row: Row, pieceBytes: number, isLengthKnown: boolean): Promise<void> {
    const bytes = row.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    while (!this.encoder.startRow(bytes, isLengthKnown ? bytes : Number.POSITIVE_INFINITY)) await this.ready()
    for (const value of row) {
      if (value === null) while (!this.encoder.nullValue()) await this.ready()
      else await this.#value(value, pieceBytes, isLengthKnown)
    }
    while (!this.encoder.endRow()) await this.ready()
  }

  async #value(value: Buffer, pieceBytes: number, isLengthKnown: boolean): Promise<void> {
    for (let at = 0; ; ) {
      const end = Math.min(value.length, at + pieceBytes)
      const piece = Buffer.from(value.subarray(at, end))
      const remaining = value.length - end
      const rest = isLengthKnown || remaining === 0 ? remaining : -1
      while (!this.encoder.piece(piece, 0, piece.length, rest)) await this.ready()
      piece.fill(0xff)
      at = end
      if (remaining === 0) return
    }
  }

  async finish(): Promise<readonly Part[]> {
    await this.encoder.finish()
    if (this.#isStoring) await new Promise<void>(resolve => (this.#whenStored = resolve))
    this.#close()
    expect(this.lent).toBe(0)
    return this.parts
  }
}
