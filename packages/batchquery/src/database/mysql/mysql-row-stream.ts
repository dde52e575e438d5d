import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { Block, Encoder, InvalidDates, TypedColumn } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { PacedChunks } from '../paced-chunks.ts'
import { type StreamOwner, takeBlocks } from '../take-blocks.ts'
import type { ResultOutcome } from './answer-packets.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { packetError, statementError } from './errors.ts'
import { PacketReader } from './packet-reader.ts'
import { closeStatement } from './prepared-statement.ts'
import { encodeResult, resultColumns, type SessionRules } from './result-encoding.ts'
import { type ResultEnd, type ResultHandler, ResultReader } from './result-reader.ts'
import type { StatementToExecute } from './typed-query.ts'
import { type RawAnswer, sendRaw, wireOf } from './wire.ts'

/** The part of the session that the stream uses. */
export interface MysqlStreamOwner extends StreamOwner, SessionRules {
  /** The rows are complete: reads the warnings and leaves the session unchanged. */
  complete(outcome: ResultOutcome): Promise<readonly ServerWarning[]>
}

/** The rows of one query, from the socket's chunks to encoded blocks. */
export class MysqlRowStream implements RowStream, ResultHandler {
  columns: readonly TypedColumn[] = []
  partStart: Uint8Array = new Uint8Array()
  warnings: readonly ServerWarning[] = []
  readonly #options: StreamOptions
  readonly #owner: MysqlStreamOwner
  readonly #queue = new BlockQueue()
  readonly #result: ResultReader
  readonly #chunks: PacedChunks
  readonly #answer: RawAnswer
  /** Closes the prepared statement. If the connection breaks, the server does it. */
  readonly #close: () => void
  /** Those of a prepared statement. */
  readonly #textWarnings: readonly ServerWarning[]
  #opened: { resolve: () => void; reject: (error: unknown) => void } | null = null
  #encoder: Encoder | null = null
  #outcome: ResultOutcome = {
    ...{ hasRows: true, warnings: 0 },
    ...{ isInTransaction: false, changePending: false },
  }

  private constructor(
    connection: Connection,
    query: string | StatementToExecute,
    options: StreamOptions,
    owner: MysqlStreamOwner,
  ) {
    this.#options = options
    this.#owner = owner
    const isText = typeof query === 'string'
    const { _mariadbExtendedMetadata } = wireOf(connection)
    this.#result = new ResultReader(this, _mariadbExtendedMetadata, isText ? 'text' : 'binary')
    const answer = sendRaw(
      connection,
      isText ? query : { execute: query.id },
      { execute: chunk => this.#chunks.arrived(chunk) },
      lost => this.#fail(statementError(lost)),
    )
    this.#answer = answer
    this.#textWarnings = isText ? [] : query.warnings
    this.#close = () => {
      if (!isText) closeStatement(connection, query)
    }
    this.#chunks = new PacedChunks(
      new PacketReader(this.#result),
      async () => this.#encoder?.whenReady(),
      answer,
      error => this.#fail(error),
    )
  }

  /**
   * Sends the query, or executes a prepared one and closes it at its end. Resolves when the server has named the columns.
   */
  static async open(
    connection: Connection,
    query: string | StatementToExecute,
    options: StreamOptions,
    owner: MysqlStreamOwner,
  ): Promise<MysqlRowStream> {
    const stream = new MysqlRowStream(connection, query, options, owner)
    await new Promise<void>((resolve, reject) => {
      stream.#opened = { resolve, reject }
    })
    return stream
  }

  get rowsRead(): number {
    return this.#result.rows
  }

  get invalidDates(): readonly InvalidDates[] {
    return this.#encoder?.invalidDates ?? []
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return takeBlocks(this.#queue, this.#owner, async () => {
      const found = await this.#owner.complete(this.#outcome)
      const isNew = ({ message }: ServerWarning) => found.every(other => other.message !== message)
      this.warnings = [...this.#textWarnings.filter(isNew), ...found]
    })
  }

  columnsAnnounced(definitions: readonly ColumnDefinition[]): Encoder {
    this.columns = resultColumns(definitions, this.#options.format, this.#owner)
    const emit = (block: Block) => this.#queue.push(block)
    const encoder = encodeResult(this.columns, this.#options, this.#owner, emit)
    this.partStart = encoder.partStart
    this.#encoder = encoder
    this.#opened?.resolve()
    return encoder
  }

  ended(end: ResultEnd): void {
    if (end.kind === 'unfit') {
      this.#fail(notExportable(end.reason))
      return
    }
    this.#answer.release()
    this.#close()
    if (end.kind === 'error') {
      this.#over(packetError(end.packet))
      return
    }
    this.#outcome = end.outcome
    this.#finish().catch((error: unknown) => this.#over(error))
  }

  async #finish(): Promise<void> {
    await this.#encoder?.finish()
    this.#queue.end()
  }

  /** The answer cannot be read to its end: the connection is useless from now on. */
  #fail(error: unknown): void {
    if (this.#queue.ended) return
    this.#chunks.drop()
    this.#over(error)
    this.#answer.destroy()
  }

  #over(error: unknown): void {
    this.#encoder?.discard()
    this.#queue.end(error)
    this.#opened?.reject(error)
  }
}

function notExportable(reason: string): BatchQueryError {
  return new BatchQueryError('QUERY_FAILED', `cannot export the query: ${reason}`, {
    hint: 'Export a SELECT; run other statements on their own before it.',
  })
}
