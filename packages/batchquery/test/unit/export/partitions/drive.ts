import { setImmediate as turn } from 'node:timers/promises'
import type { PathLimits } from '../../../../src/export/partitions/partition-path.ts'
import { partitionedPlan } from '../../../../src/export/partitions/partitioned-plan.ts'
import {
  type Block,
  BlockPool,
  type Encoder,
  type ExportFormatPlan,
  type FormatName,
  NO_FORMAT_CLAUSES,
  planFormat,
  type TypedColumn,
} from '../../../../src/format/index.ts'
import type { Random } from '../../format/parquet/random.ts'

export type Row = readonly (string | null)[]

export interface Division {
  readonly format: FormatName
  readonly columns: readonly TypedColumn[]
  readonly by: readonly string[]
  readonly include?: boolean
  readonly maxPartitions?: number
  readonly maxPartBytes?: number
  readonly blockBytes?: number
  readonly bufferBytes?: number
  readonly memoryBytes?: number
  readonly limits?: PathLimits
  readonly warn?: (text: string) => void
  readonly note?: (text: string) => void
}

export const LIMITS: PathLimits = { areFiles: true, otherKeyBytes: 40 }

/** A column of text, as the databases describe it. */
export const column = (name: string, exact: TypedColumn['exact'] = STRING): TypedColumn => ({
  name: Buffer.from(name),
  kind: 'string',
  type: 'text',
  encoding: 'utf8',
  isLarge: false,
  exact,
})

export const STRING: NonNullable<TypedColumn['exact']> = { type: { kind: 'string' }, wire: 'text' }

export const planOf = ({ format, by, include = false, ...rest }: Division): ExportFormatPlan =>
  partitionedPlan(
    planFormat({ ...NO_FORMAT_CLAUSES, compression: format === 'PARQUET' ? 'SNAPPY' : null, format }),
    {
      partitionBy: { columns: by, include },
      maxPartitions: rest.maxPartitions ?? 10_000,
      characterSet: null,
      invalidDates: null,
    },
    {
      limits: rest.limits ?? LIMITS,
      memoryBytes: rest.memoryBytes ?? Number.POSITIVE_INFINITY,
      warn: rest.warn ?? (() => {}),
      ...(rest.note && { note: rest.note }),
      bufferBytes: rest.bufferBytes ?? 1,
    },
  )

/** An export without a database and a store. The parts are as a stage makes them of the blocks. */
export class Drive {
  /** The parts of each partition, in the order in which they came. */
  readonly parts = new Map<string, Buffer[]>()
  rowsEnded = 0
  lent = 0
  readonly encoder: Encoder
  readonly #out: Block[] = []
  #path: string | null = null
  readonly #random: Random
  readonly #columns: number

  constructor(division: Division, random: Random) {
    this.#random = random
    this.#columns = division.columns.length
    const pool = new BlockPool(division.blockBytes ?? 4096, 3)
    const output = {
      pool,
      maxPartBytes: division.maxPartBytes ?? 1 << 30,
      emit: (block: Block) => this.#take(block),
    }
    this.encoder = planOf(division).encoder(division.columns, output)
  }

  /** Passes rows on whole or in pieces, at random. */
  async rows(rows: readonly Row[], pieces: number): Promise<void> {
    for (let at = 0; at < rows.length; ) {
      const count = Math.min(rows.length - at, this.#random.integer(1, 40))
      if (this.#random.chance(pieces) || this.encoder.mostRowBytes < 0) await this.#inPieces(rows[at++])
      else at += await this.#whole(rows.slice(at, at + count))
    }
  }

  async finish(): Promise<void> {
    const releasing = { isOver: false }
    const finished = this.encoder.finish().finally(() => {
      releasing.isOver = true
    })
    finished.catch(() => {})
    while (!releasing.isOver) {
      this.#release()
      await turn()
    }
    await finished
    this.releaseAll()
  }

  releaseAll(): void {
    while (this.#out.length > 0) this.#release()
  }

  async #whole(rows: readonly Row[]): Promise<number> {
    const { source, places, fits } = placed(rows, this.#columns, this.encoder.mostRowBytes)
    if (fits === 0) {
      await this.#inPieces(rows[0])
      return 1
    }
    const taken = this.encoder.rows(source, places, fits)
    if (taken < fits) await this.#ready()
    return taken
  }

  async #inPieces(row: Row): Promise<void> {
    const { encoder } = this
    const values = row.map(value => (value === null ? null : Buffer.from(value)))
    const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    const known = this.#random.chance(0.5)
    await this.#until(() => encoder.startRow(known ? bytes : 0, known ? bytes : Number.POSITIVE_INFINITY))
    for (const value of values) {
      if (value === null) {
        await this.#until(() => encoder.nullValue())
        continue
      }
      const cuts = this.#cuts(value.length)
      for (const [index, at] of cuts.entries()) {
        const end = cuts[index + 1] ?? value.length
        const rest = value.length - end
        const source = Buffer.concat([Buffer.from('x'), value.subarray(at, end), Buffer.from('y')])
        await this.#until(() => encoder.piece(source, 1, 1 + end - at, rest === 0 || known ? rest : -1))
        if (rest === 0) break
      }
    }
    await this.#until(() => encoder.endRow())
  }

  /** The beginnings of the pieces of a value. */
  #cuts(length: number): number[] {
    const cuts = [0]
    for (let at = 0; at < length; cuts.push(at))
      at = Math.min(length, at + this.#random.integer(1, this.encoder.mostPieceBytes))
    return cuts
  }

  async #until(call: () => boolean): Promise<void> {
    while (!call()) await this.#ready()
  }

  async #ready(): Promise<void> {
    const ready = { isOver: false }
    const waiting = this.encoder.whenReady().finally(() => {
      ready.isOver = true
    })
    waiting.catch(() => {})
    while (!ready.isOver) {
      this.#release()
      await turn()
    }
    await waiting
  }

  #release(): void {
    const block = this.#out.shift()
    if (block === undefined) return
    this.lent--
    block.release()
  }

  #take(block: Block): void {
    this.lent++
    this.#out.push(block)
    this.rowsEnded += block.rowsEnded
    const parts = this.parts.get(block.partition) ?? []
    this.parts.set(block.partition, parts)
    if (this.#path !== block.partition) parts.push(Buffer.alloc(0))
    const part = parts.pop() ?? Buffer.alloc(0)
    parts.push(Buffer.concat([part, block.bytes]))
    this.#path = block.endsPart ? null : block.partition
  }
}

/** Rows in one buffer, with bytes between the values that belong to none, as many as have at most so many bytes. */
function placed(rows: readonly Row[], columns: number, most: number) {
  const places = new Int32Array(2 * columns * rows.length).fill(-1)
  const pieces: Buffer[] = []
  let at = 0
  let fits = 0
  for (const [index, row] of rows.entries()) {
    const values = row.map(value => (value === null ? null : Buffer.from(value)))
    if (values.reduce((sum, value) => sum + (value?.length ?? 0), 0) > most) break
    for (const [column, value] of values.entries()) {
      pieces.push(Buffer.from('|'))
      at++
      if (value === null) continue
      places[2 * (index * columns + column)] = at
      at += value.length
      places[2 * (index * columns + column) + 1] = at
      pieces.push(value)
    }
    fits++
  }
  return { source: Buffer.concat(pieces), places, fits }
}

/** The rows of a part, by the format's own encoder. */
export async function encoded(
  format: FormatName,
  columns: readonly TypedColumn[],
  rows: readonly Row[],
): Promise<Buffer> {
  const blocks: Buffer[] = []
  const pool = new BlockPool(1 << 20, 4)
  const output = {
    pool,
    maxPartBytes: 1 << 30,
    emit: (block: Block) => {
      blocks.push(Buffer.from(block.bytes))
      block.release()
    },
  }
  const encoder = planFormat({ ...NO_FORMAT_CLAUSES, format }).encoder(columns, output)
  for (const row of rows) {
    const { source, places } = placed([row], columns.length, Number.POSITIVE_INFINITY)
    encoder.rows(source, places, 1)
  }
  await encoder.finish()
  return Buffer.concat(blocks)
}
