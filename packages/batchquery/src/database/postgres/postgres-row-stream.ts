import type { Client, Connection } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import {
  type Block,
  type BlockSource,
  BlockWriter,
  type Encoder,
  type SessionText,
  type TypedColumn,
  UTF8_SESSION,
} from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { PacedChunks } from '../paced-chunks.ts'
import { type StreamOwner, takeBlocks } from '../take-blocks.ts'
import { BinaryRows } from './binary-rows.ts'
import { CopiedRows } from './copied-rows.ts'
import type { CopyPlan } from './copy-plan.ts'
import { CopyReader } from './copy-reader.ts'
import type { CopyRows } from './copy-rows.ts'
import { EncodedRows } from './encoded-rows.ts'
import { type CommandComplete, Exchange } from './exchange.ts'
import type { Wire } from './wire.ts'

/** The part of the session that the stream uses. */
export interface PostgresStreamOwner extends StreamOwner {
  /** The rows are complete: the session is free. Returns the warnings. */
  complete(): readonly ServerWarning[]
}

/** For an encoder that writes the rows of PARTITION BY: the bytes are those that COPY writes without the clause. */
const COPIED_TEXT: SessionText = { ...UTF8_SESSION, bytesOf: 'COPY' }

/** Takes the rows, and has their blocks. */
interface Target {
  readonly rows: CopyRows
  readonly blocks: BlockSource
  readonly partStart: Uint8Array
  readonly encoder: Encoder | null
}

/** The rows of one COPY, from the socket's chunks to blocks. */
export class PostgresRowStream implements RowStream {
  readonly columns: readonly TypedColumn[]
  readonly partStart: Uint8Array
  warnings: readonly ServerWarning[] = []
  readonly #owner: PostgresStreamOwner
  readonly #queue = new BlockQueue()
  readonly #blocks: BlockSource
  /** Null if the server writes the format's bytes. */
  readonly #encoder: Encoder | null
  readonly #reader: CopyReader
  readonly #chunks: PacedChunks
  #accept: (() => void) | null = null

  private constructor(wire: Wire, plan: CopyPlan, options: StreamOptions, owner: PostgresStreamOwner) {
    const { rows, blocks, partStart, encoder } = this.#target(plan, options)
    this.columns = plan.columns
    this.partStart = partStart
    this.#owner = owner
    this.#blocks = blocks
    this.#encoder = encoder
    this.#reader = new CopyReader(rows, {
      accepted: () => this.#accept?.(),
      control: bytes => wire.toDriver(bytes),
      over: () => wire.release(),
    })
    const whenReady = () => blocks.whenReady()
    // if the answer cannot be read to its end, the connection is useless
    this.#chunks = new PacedChunks(this.#reader, whenReady, wire, error => {
      this.#over(error)
      wire.destroy()
    })
  }

  #target({ columns, sends, partStart }: CopyPlan, { format, pool, maxPartBytes }: StreamOptions): Target {
    const emit = (block: Block): void => this.#queue.push(block)
    if (sends === 'rows') {
      const writer = new BlockWriter(pool, maxPartBytes - partStart.length, emit)
      return { rows: new CopiedRows(writer), blocks: writer, partStart, encoder: null }
    }
    const encoder = format.encoder(columns, { pool, maxPartBytes, emit }, COPIED_TEXT)
    const Rows = sends === 'binary' ? BinaryRows : EncodedRows
    const rows = new Rows(encoder, columns.length)
    return { rows, blocks: encoder, partStart: encoder.partStart, encoder }
  }

  /** Sends the statement; resolves when the server has accepted it. */
  static async open(
    client: Client,
    wire: Wire,
    plan: CopyPlan,
    options: StreamOptions,
    owner: PostgresStreamOwner,
  ): Promise<PostgresRowStream> {
    const stream = new PostgresRowStream(wire, plan, options, owner)
    const copy = new CopyExchange(plan.statement, () => wire.divert(chunk => stream.#chunks.arrived(chunk)))
    const accepted = new Promise<void>(resolve => {
      stream.#accept = resolve
    })
    const running = copy.run(client)
    running.then(() => stream.#complete(copy.tag)).catch((error: unknown) => stream.#over(error))
    await Promise.race([accepted, running])
    return stream
  }

  get rowsRead(): number {
    return this.#reader.rows
  }

  get invalidDates(): RowStream['invalidDates'] {
    return this.#encoder?.invalidDates ?? []
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return takeBlocks(this.#queue, this.#owner, async () => {
      this.warnings = this.#owner.complete()
    })
  }

  /** @param tag what the server says that it did */
  async #complete(tag: string): Promise<void> {
    if (tag !== `COPY ${this.rowsRead}`) {
      this.#over(rowsLost(this.rowsRead, tag))
      return
    }
    await this.#blocks.finish()
    this.#queue.end()
  }

  #over(error: unknown): void {
    if (this.#queue.ended) return
    this.#chunks.drop()
    this.#blocks.discard()
    this.#queue.end(error)
  }
}

class CopyExchange extends Exchange {
  tag = ''
  readonly #statement: string
  readonly #sent: () => void

  constructor(statement: string, sent: () => void) {
    super()
    this.#statement = statement
    this.#sent = sent
  }

  override submit(connection: Connection): void {
    connection.query(this.#statement)
    this.#sent()
  }

  override handleCommandComplete({ text }: CommandComplete): void {
    this.tag = text
  }
}

function rowsLost(rows: number, tag: string): BatchQueryError {
  return new BatchQueryError('DATABASE_LOST', `${rows} rows came, but the server reports "${tag}"`, {
    hint: 'Use TLS (sslmode=verify-full) and run again. The bytes changed between the server and the client.',
  })
}
