import type { Client, Connection } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { type Block, BlockWriter, type TypedColumn } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { CopyReader } from './copy-reader.ts'
import { type CommandComplete, Exchange } from './exchange.ts'
import type { Wire } from './wire.ts'

/** What the stream asks of its session. */
export interface StreamOwner {
  /** The rows are complete: the session is free, and gives the warnings. */
  complete(): Promise<readonly ServerWarning[]>
  /** Stops the query: nobody wants more rows. */
  stop(): Promise<void>
  /** Sees to it that the statement is over, and answers the error as the caller shall see it. */
  failed(error: unknown): Promise<BatchQueryError>
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
  readonly #options: StreamOptions
  readonly #owner: StreamOwner
  readonly #queue = new BlockQueue()
  readonly #writer: BlockWriter
  readonly #reader: CopyReader
  readonly #wire: Wire
  /** While the writer waits for a buffer: the chunks that came, the first one read up to `#keptAt`. */
  readonly #kept: Buffer[] = []
  #keptAt = 0
  #accept: (() => void) | null = null

  private constructor(wire: Wire, plan: CopyPlan, options: StreamOptions, owner: StreamOwner) {
    this.columns = plan.columns
    this.header = plan.header
    this.#wire = wire
    this.#options = options
    this.#owner = owner
    this.#writer = new BlockWriter(options.pool, options.maxPartBytes - plan.header.length, block =>
      this.#queue.push(block),
    )
    this.#reader = new CopyReader(this.#writer, {
      accepted: () => this.#accept?.(),
      control: bytes => wire.toDriver(bytes),
      over: () => wire.release(),
    })
  }

  /** Sends the statement; settles when the server has accepted it. */
  static async open(
    client: Client,
    wire: Wire,
    plan: CopyPlan,
    options: StreamOptions,
    owner: StreamOwner,
  ): Promise<PostgresRowStream> {
    const stream = new PostgresRowStream(wire, plan, options, owner)
    const copy = new CopyExchange(plan.statement, () => wire.divert(chunk => stream.#arrived(chunk)))
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

  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    let over = false
    try {
      for (let block = await this.#next(); block !== null; block = await this.#next()) yield block
      this.warnings = await this.#owner.complete()
      over = true
    } finally {
      if (!over) {
        this.#queue.discard()
        await this.#owner.stop()
      }
    }
  }

  async #next(): Promise<Block | null> {
    try {
      return await this.#queue.next()
    } catch (error) {
      throw await this.#owner.failed(error)
    }
  }

  #arrived(chunk: Buffer): void {
    this.#kept.push(chunk)
    if (this.#kept.length === 1) this.#consumeKept()
  }

  #consumeKept(): void {
    try {
      for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
        this.#keptAt = this.#reader.consume(chunk, this.#keptAt)
        if (this.#keptAt < chunk.length) {
          this.#waitForBuffer()
          return
        }
        this.#kept.shift()
        this.#keptAt = 0
      }
    } catch (error) {
      // the answer cannot be read to its end: the connection is of no use any more
      this.#over(error)
      this.#wire.destroy()
    }
  }

  #waitForBuffer(): void {
    this.#wire.pause()
    this.#options.pool.whenFree().then(() => {
      if (this.#queue.ended) return
      this.#consumeKept()
      if (this.#kept.length === 0) this.#wire.resume()
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
    this.#kept.length = 0
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
