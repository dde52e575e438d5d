import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { type Block, BlockWriter, type TypedColumn, rowEncoder } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { columnFormat } from './column-format.ts'
import { packetError, statementError } from './errors.ts'
import { PacketReader } from './packet-reader.ts'
import { type ResultEnd, type ResultHandler, ResultReader, type RowTarget } from './result-reader.ts'
import { type RawAnswer, sendRaw, wireOf } from './wire.ts'

/** What the stream asks of its session. */
export interface StreamOwner {
  /** The rows are complete: reads the warnings and leaves the session as it was. */
  complete(warnings: number): Promise<readonly ServerWarning[]>
  /** Stops the query: nobody wants more rows. */
  stop(): Promise<void>
  /** Sees to it that the statement is over, and answers the error as the caller shall see it. */
  failed(error: unknown): Promise<BatchQueryError>
}

/** The rows of one query, from the socket's chunks to encoded blocks. */
export class MysqlRowStream implements RowStream, ResultHandler {
  columns: readonly TypedColumn[] = []
  header: Uint8Array = new Uint8Array()
  warnings: readonly ServerWarning[] = []
  readonly #options: StreamOptions
  readonly #owner: StreamOwner
  readonly #queue = new BlockQueue()
  readonly #result: ResultReader
  readonly #packets: PacketReader
  readonly #answer: RawAnswer
  #opened: { resolve: () => void; reject: (error: unknown) => void } | null = null
  #writer: BlockWriter | null = null
  #warningCount = 0
  /** While the writer waits for a buffer: the chunks that came, the first one read up to `#keptAt`. */
  readonly #kept: Buffer[] = []
  #keptAt = 0

  private constructor(connection: Connection, sql: string, options: StreamOptions, owner: StreamOwner) {
    this.#options = options
    this.#owner = owner
    this.#result = new ResultReader(this, wireOf(connection)._mariadbExtendedMetadata)
    this.#packets = new PacketReader(this.#result)
    this.#answer = sendRaw(connection, sql, { execute: chunk => this.#arrived(chunk) }, lost =>
      this.#fail(statementError(lost)),
    )
  }

  /** Sends the query; settles when the server has named the columns. */
  static async open(
    connection: Connection,
    sql: string,
    options: StreamOptions,
    owner: StreamOwner,
  ): Promise<MysqlRowStream> {
    const stream = new MysqlRowStream(connection, sql, options, owner)
    await new Promise<void>((resolve, reject) => {
      stream.#opened = { resolve, reject }
    })
    return stream
  }

  get rowsRead(): number {
    return this.#result.rows
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    let over = false
    try {
      for (let block = await this.#next(); block !== null; block = await this.#next()) yield block
      this.warnings = await this.#owner.complete(this.#warningCount)
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

  columnsAnnounced(definitions: readonly ColumnDefinition[]): RowTarget {
    const { characterSet, format, layout, header, maxPartBytes, pool } = this.#options
    this.columns = definitions.map(definition => columnFormat(definition, characterSet !== null))
    const encoder = rowEncoder(format, this.columns, layout)
    if (header) this.header = encoder.header
    const writer = new BlockWriter(pool, maxPartBytes - this.header.length, block => this.#queue.push(block))
    this.#writer = writer
    this.#opened?.resolve()
    return { writer, encoder }
  }

  ended(end: ResultEnd): void {
    if (end.kind === 'unfit') {
      this.#fail(notExportable(end.reason))
      return
    }
    this.#answer.release()
    if (end.kind === 'error') {
      this.#over(packetError(end.packet))
      return
    }
    this.#warningCount = end.warnings
    this.#writer?.finish()
    this.#queue.end()
  }

  #arrived(chunk: Buffer): void {
    this.#kept.push(chunk)
    if (this.#kept.length === 1) this.#consumeKept()
  }

  #consumeKept(): void {
    try {
      for (let chunk = this.#kept[0]; chunk !== undefined; chunk = this.#kept[0]) {
        this.#keptAt = this.#packets.consume(chunk, this.#keptAt)
        if (this.#packets.stalled) {
          this.#waitForBuffer()
          return
        }
        this.#kept.shift()
        this.#keptAt = 0
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  #waitForBuffer(): void {
    this.#answer.pause()
    this.#options.pool.whenFree().then(() => {
      if (this.#queue.ended) return
      this.#consumeKept()
      if (this.#kept.length === 0) this.#answer.resume()
    })
  }

  /** The answer cannot be read to its end: the connection is of no use any more. */
  #fail(error: unknown): void {
    if (this.#queue.ended) return
    this.#kept.length = 0
    this.#over(error)
    this.#answer.destroy()
  }

  #over(error: unknown): void {
    this.#writer?.discard()
    this.#queue.end(error)
    this.#opened?.reject(error)
  }
}

function notExportable(reason: string): BatchQueryError {
  return new BatchQueryError('QUERY_FAILED', `the query cannot be exported: ${reason}`, {
    hint: 'Export a SELECT; run other statements on their own before it.',
  })
}
