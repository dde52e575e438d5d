import { PacketReader } from '../../../packages/batchquery/dist/database/mysql/packet-reader.js'
import { resultColumns } from '../../../packages/batchquery/dist/database/mysql/result-encoding.js'
import {
  type ResultHandler,
  ResultReader,
} from '../../../packages/batchquery/dist/database/mysql/result-reader.js'
import { CopiedRows } from '../../../packages/batchquery/dist/database/postgres/copied-rows.js'
import { CopyReader } from '../../../packages/batchquery/dist/database/postgres/copy-reader.js'
import { EncodedRows } from '../../../packages/batchquery/dist/database/postgres/encoded-rows.js'
import { textColumn } from '../../../packages/batchquery/dist/database/postgres/exact-column.js'
import {
  type Block,
  type BlockPool,
  BlockWriter,
  type Encoder,
  type FormatName,
  formatNamed,
  NO_FORMAT_CLAUSES,
  type TypedColumn,
} from '../../../packages/batchquery/dist/format/index.js'
import { NARROW, WIDE } from '../loops/rows.ts'

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
    const columns = resultColumns(definitions, format, { backslashEscapes: true, bitKind: 'number' })
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

/** By MySQL's types in `LoopTable`: the types of PostgreSQL, and whether OUTFILE would treat them as numbers. */
const TYPES = new Map<number, readonly [number, TypedColumn['kind']]>([
  [3, [23, 'number']],
  [8, [20, 'number']],
  [246, [1700, 'number']],
  [5, [701, 'number']],
  [12, [1114, 'string']],
])
const TEXT = 25
const BYTEA = 17
const BINARY_COLLATION = 63

/** Like `PostgresRowStream`, for a format that needs the values. */
export class EncodedReading implements Reading {
  hasEnded = false
  readonly #reader: CopyReader

  /** @param count of the columns, by which the tables differ */
  constructor(count: number, pool: BlockPool, emit: Emit) {
    const { columns } = count === NARROW.columns.length ? NARROW : WIDE
    const typed = columns.map(({ name, mysqlType, collation }): TypedColumn => {
      const string = [collation === BINARY_COLLATION ? BYTEA : TEXT, 'string'] as const
      const [type, kind] = TYPES.get(mysqlType) ?? string
      const exact = textColumn(type, -1)
      return { name: Buffer.from(name), kind, type: 'text', encoding: 'utf8', isLarge: false, exact }
    })
    const encoder = formatNamed('JSON')
      .plan(NO_FORMAT_CLAUSES)
      .encoder(typed, { pool, maxPartBytes: ONE_PART, emit })
    this.#reader = new CopyReader(new EncodedRows(encoder, columns.length), {
      accepted: () => {},
      control: () => {},
      over: () => {
        void encoder.finish()
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
