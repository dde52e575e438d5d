import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { type Block, BlockWriter, rowEncoder, type TypedColumn } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { PacedChunks } from '../paced-chunks.ts'
import { type StreamOwner, takeBlocks } from '../take-blocks.ts'
import type { ResultOutcome } from './answer-packets.ts'
import { characterSetEncoding } from './character-set-encoding.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { columnFormat, type ResultRules } from './column-format.ts'
import { packetError, statementError } from './errors.ts'
import { PacketReader } from './packet-reader.ts'
import { type ResultEnd, type ResultHandler, ResultReader, type RowTarget } from './result-reader.ts'
import { type RawAnswer, sendRaw, wireOf } from './wire.ts'

/** What the stream asks of its session. */
export interface MysqlStreamOwner extends StreamOwner {
  /** The rows are complete: reads the warnings and leaves the session as it was. */
  complete(outcome: ResultOutcome): Promise<readonly ServerWarning[]>
  readonly bitKind: ResultRules['bitKind']
}

/** The rows of one query, from the socket's chunks to encoded blocks. */
export class MysqlRowStream implements RowStream, ResultHandler {
  columns: readonly TypedColumn[] = []
  header: Uint8Array = new Uint8Array()
  warnings: readonly ServerWarning[] = []
  readonly #options: StreamOptions
  readonly #owner: MysqlStreamOwner
  readonly #queue = new BlockQueue()
  readonly #result: ResultReader
  readonly #chunks: PacedChunks
  readonly #answer: RawAnswer
  #opened: { resolve: () => void; reject: (error: unknown) => void } | null = null
  #writer: BlockWriter | null = null
  #outcome: ResultOutcome = { hasRows: true, warnings: 0, changePending: false }

  private constructor(connection: Connection, sql: string, options: StreamOptions, owner: MysqlStreamOwner) {
    this.#options = options
    this.#owner = owner
    this.#result = new ResultReader(this, wireOf(connection)._mariadbExtendedMetadata)
    const answer = sendRaw(connection, sql, { execute: chunk => this.#chunks.arrived(chunk) }, lost =>
      this.#fail(statementError(lost)),
    )
    this.#answer = answer
    this.#chunks = new PacedChunks(new PacketReader(this.#result), options.pool, answer, error =>
      this.#fail(error),
    )
  }

  /** Sends the query; settles when the server has named the columns. */
  static async open(
    connection: Connection,
    sql: string,
    options: StreamOptions,
    owner: MysqlStreamOwner,
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

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return takeBlocks(this.#queue, this.#owner, async () => {
      this.warnings = await this.#owner.complete(this.#outcome)
    })
  }

  columnsAnnounced(definitions: readonly ColumnDefinition[]): RowTarget {
    const { characterSet, format, layout, header, maxPartBytes, pool } = this.#options
    const names = characterSetEncoding(characterSet)
    const rules = { isConverted: characterSet !== null, names, bitKind: this.#owner.bitKind }
    this.columns = definitions.map(definition => columnFormat(definition, rules))
    const encoder = rowEncoder(format, this.columns, layout, names)
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
    this.#outcome = end.outcome
    this.#writer?.finish()
    this.#queue.end()
  }

  /** The answer cannot be read to its end: the connection is of no use any more. */
  #fail(error: unknown): void {
    if (this.#queue.ended) return
    this.#chunks.drop()
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
