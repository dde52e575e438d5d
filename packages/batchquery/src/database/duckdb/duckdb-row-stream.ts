import {
  type Block,
  type BlockPool,
  BlockWriter,
  DEFAULT_TEXT_LAYOUT,
  type RowFormat,
  rowEncoder,
  type TypedColumn,
} from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { copyOut } from './copy-out.ts'
import { cancelled } from './errors.ts'
import type { ExportableQuery } from './exportable-query.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import { RowCopier } from './row-copier.ts'
import { RowRecoder } from './row-recoder.ts'
import { RowSplitter } from './row-splitter.ts'

/**
 * The rows of one query. Nothing runs before the iteration begins; then DuckDB fills blocks as long as there are
 * any, ahead of the one who takes them.
 */
export class DuckdbRowStream implements RowStream {
  readonly columns: readonly TypedColumn[]
  readonly header: Uint8Array
  readonly warnings: readonly ServerWarning[] = []
  /** The count that DuckDB's COPY gives. */
  rowsRead = 0
  readonly #statement: InterruptibleStatement
  readonly #query: ExportableQuery
  readonly #format: RowFormat
  readonly #pool: BlockPool
  readonly #queue = new BlockQueue()
  readonly #writer: BlockWriter
  readonly #splitter: RowSplitter

  /** @throws UNSUPPORTED_CLAUSE */
  constructor(statement: InterruptibleStatement, query: ExportableQuery, options: StreamOptions) {
    this.columns = query.columns.map(column => column.format)
    const encoder = rowEncoder(options.format, this.columns, options.layout)
    this.header = options.header ? encoder.header : new Uint8Array()
    this.#statement = statement
    this.#query = query
    this.#format = options.format
    this.#pool = options.pool
    this.#writer = new BlockWriter(options.pool, options.maxPartBytes - this.header.length, block =>
      this.#queue.push(block),
    )
    this.#splitter = new RowSplitter(
      isCanonical(options) ? new RowCopier(this.#writer) : new RowRecoder(this.#writer, encoder),
    )
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    const filling = this.#fill()
    try {
      for (let block = await this.#next(); block !== null; block = await this.#next()) yield block
    } finally {
      await this.#statement.stop()
      await filling
      this.#queue.discard()
    }
  }

  async #next(): Promise<Block | null> {
    const block = await this.#queue.next()
    if (this.#statement.stopped.aborted) {
      block?.release()
      throw cancelled()
    }
    return block
  }

  /** Never rejects: the queue ends with the error. */
  async #fill(): Promise<void> {
    try {
      this.rowsRead = await this.#statement.run(async () => {
        const rows = await copyOut(this.#statement, this.#query, this.#format, chunk => this.#take(chunk))
        this.#splitter.end()
        return rows
      })
      this.#writer.finish()
      this.#queue.end()
    } catch (error) {
      this.#writer.discard()
      this.#queue.end(error)
    }
  }

  async #take(chunk: Buffer): Promise<void> {
    let at = this.#splitter.consume(chunk, 0)
    while (at < chunk.length) {
      await this.#freeOrStopped()
      if (this.#statement.stopped.aborted) return
      at = this.#splitter.consume(chunk, at)
    }
  }

  #freeOrStopped(): Promise<void> {
    const { stopped } = this.#statement
    return new Promise(resolve => {
      const wake = () => {
        stopped.removeEventListener('abort', wake)
        resolve()
      }
      stopped.addEventListener('abort', wake)
      void this.#pool.whenFree().then(wake)
    })
  }
}

/** The layout of canonical TEXT. Without an enclosing character OPTIONALLY means nothing. */
function isCanonical(options: StreamOptions): boolean {
  const layout = { ...DEFAULT_TEXT_LAYOUT, ...options.layout }
  const names = [
    'fieldsTerminatedBy',
    'enclosedBy',
    'escapedBy',
    'linesStartingBy',
    'linesTerminatedBy',
  ] as const
  return (
    options.format === 'TEXT' &&
    names.every(name => Buffer.compare(layout[name], DEFAULT_TEXT_LAYOUT[name]) === 0)
  )
}
