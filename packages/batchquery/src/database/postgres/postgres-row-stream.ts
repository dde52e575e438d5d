import type { Client, Connection } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { type Block, BlockWriter, type TypedColumn } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { PacedChunks } from '../paced-chunks.ts'
import { type StreamOwner, takeBlocks } from '../take-blocks.ts'
import { CopyReader } from './copy-reader.ts'
import { type CommandComplete, Exchange } from './exchange.ts'
import type { Wire } from './wire.ts'

/** What the stream asks of its session. */
export interface PostgresStreamOwner extends StreamOwner {
  /** The rows are complete: the session is free, and gives the warnings. */
  complete(): readonly ServerWarning[]
}

/** What is known of a query before it runs. */
export interface CopyPlan {
  /** The whole statement, COPY (...) TO STDOUT. */
  readonly statement: string
  readonly columns: readonly TypedColumn[]
  readonly header: Uint8Array
}

/** The rows of one COPY, from the socket's chunks to blocks. */
export class PostgresRowStream implements RowStream {
  readonly columns: readonly TypedColumn[]
  readonly header: Uint8Array
  warnings: readonly ServerWarning[] = []
  readonly #owner: PostgresStreamOwner
  readonly #queue = new BlockQueue()
  readonly #writer: BlockWriter
  readonly #reader: CopyReader
  readonly #chunks: PacedChunks
  #accept: (() => void) | null = null

  private constructor(wire: Wire, plan: CopyPlan, options: StreamOptions, owner: PostgresStreamOwner) {
    this.columns = plan.columns
    this.header = plan.header
    this.#owner = owner
    this.#writer = new BlockWriter(options.pool, options.maxPartBytes - plan.header.length, block =>
      this.#queue.push(block),
    )
    this.#reader = new CopyReader(this.#writer, {
      accepted: () => this.#accept?.(),
      control: bytes => wire.toDriver(bytes),
      over: () => wire.release(),
    })
    // an answer that cannot be read to its end leaves a connection of no use
    this.#chunks = new PacedChunks(this.#reader, options.pool, wire, error => {
      this.#over(error)
      wire.destroy()
    })
  }

  /** Sends the statement; settles when the server has accepted it. */
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
    running.then(
      () => stream.#complete(copy.tag),
      error => stream.#over(error),
    )
    await Promise.race([accepted, running])
    return stream
  }

  get rowsRead(): number {
    return this.#reader.rows
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return takeBlocks(this.#queue, this.#owner, async () => {
      this.warnings = this.#owner.complete()
    })
  }

  /** @param tag what the server says that it did */
  #complete(tag: string): void {
    if (tag !== `COPY ${this.rowsRead}`) {
      this.#over(rowsLost(this.rowsRead, tag))
      return
    }
    this.#writer.finish()
    this.#queue.end()
  }

  #over(error: unknown): void {
    if (this.#queue.ended) return
    this.#chunks.drop()
    this.#writer.discard()
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
  return new BatchQueryError('DATABASE_LOST', `${rows} rows came where the server says "${tag}"`, {
    hint: 'Something between server and client changed the bytes. Use TLS (sslmode=verify-full) and run again.',
  })
}
