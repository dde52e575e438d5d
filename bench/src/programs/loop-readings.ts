import { columnFormat } from '../../../packages/batchquery/dist/database/mysql/column-format.js'
import { PacketReader } from '../../../packages/batchquery/dist/database/mysql/packet-reader.js'
import {
  type ResultHandler,
  ResultReader,
} from '../../../packages/batchquery/dist/database/mysql/result-reader.js'
import { CopiedRows } from '../../../packages/batchquery/dist/database/postgres/copied-rows.js'
import { CopyReader } from '../../../packages/batchquery/dist/database/postgres/copy-reader.js'
import {
  type Block,
  type BlockPool,
  BlockWriter,
  type Encoder,
  type FormatName,
  formatNamed,
  NO_FORMAT_CLAUSES,
} from '../../../packages/batchquery/dist/format/index.js'

const ONE_PART = 6 * 1024 ** 3

/** Reads one answer, chunk by chunk, with the package's own modules. */
export interface Reading {
  take(chunk: Buffer): void
  /** Rows read so far. */
  readonly rows: number
  readonly hasEnded: boolean
}

export type Emit = (block: Block) => void

/** Like `MysqlRowStream`. */
export class MysqlReading implements Reading, ResultHandler {
  hasEnded = false
  readonly #format: FormatName
  readonly #pool: BlockPool
  readonly #emit: Emit
  readonly #result = new ResultReader(this, false)
  readonly #packets = new PacketReader(this.#result)
  #encoder: Encoder | null = null

  constructor(format: FormatName, pool: BlockPool, emit: Emit) {
    this.#format = format
    this.#pool = pool
    this.#emit = emit
  }

  take(chunk: Buffer): void {
    this.#packets.consume(chunk, 0)
  }

  get rows(): number {
    return this.#result.rows
  }

  columnsAnnounced(...[definitions]: Parameters<ResultHandler['columnsAnnounced']>): Encoder {
    const format = formatNamed(this.#format).plan(NO_FORMAT_CLAUSES)
    const isConverted = format.text === 'utf8'
    const rules = { isConverted, names: 'utf8', bitKind: 'number' } as const
    const columns = definitions.map(definition => columnFormat(definition, rules))
    this.#encoder = format.encoder(columns, { pool: this.#pool, maxPartBytes: ONE_PART, emit: this.#emit })
    return this.#encoder
  }

  ended(end: Parameters<ResultHandler['ended']>[0]): void {
    if (end.kind !== 'whole') throw new Error(`the answer is ${end.kind}`)
    void this.#encoder?.finish()
    this.hasEnded = true
  }
}

/** Like `PostgresRowStream`. */
export class PostgresReading implements Reading {
  hasEnded = false
  readonly #reader: CopyReader

  constructor(pool: BlockPool, emit: Emit) {
    const writer = new BlockWriter(pool, ONE_PART, emit)
    this.#reader = new CopyReader(new CopiedRows(writer), {
      accepted: () => {},
      control: () => {},
      over: () => {
        void writer.finish()
        this.hasEnded = true
      },
    })
  }

  take(chunk: Buffer): void {
    this.#reader.consume(chunk, 0)
  }

  get rows(): number {
    return this.#reader.rows
  }
}
