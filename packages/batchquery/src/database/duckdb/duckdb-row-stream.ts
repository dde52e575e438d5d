import type { Block, DelimitedText, Encoder, FormatPlan, TypedColumn } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { TextRows } from '../text-rows.ts'
import { copyOut } from './copy-out.ts'
import { textColumn } from './exact-column.ts'
import type { ExportableQuery } from './exportable-query.ts'
import { filledBlocks } from './filled-blocks.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import { RowCopier } from './row-copier.ts'
import { RowSplitter } from './row-splitter.ts'

/**
 * The rows of one query. Nothing runs before the iteration begins; then DuckDB's rows fill blocks as long as there are
 * any, ahead of the loop that takes them.
 */
export class DuckdbRowStream implements RowStream {
  readonly columns: readonly TypedColumn[]
  readonly partStart: Uint8Array
  readonly warnings: readonly ServerWarning[] = []
  /** The count that DuckDB's COPY returns. */
  rowsRead = 0
  readonly #statement: InterruptibleStatement
  readonly #query: ExportableQuery
  readonly #format: FormatPlan
  readonly #queue = new BlockQueue()
  readonly #encoder: Encoder
  readonly #splitter: RowSplitter

  /** @throws UNSUPPORTED_CLAUSE */
  constructor(statement: InterruptibleStatement, query: ExportableQuery, options: StreamOptions) {
    const { format, pool, maxPartBytes } = options
    this.columns = query.columns.map(column =>
      format.prefersText ? { ...column.format, exact: textColumn(column.format.exact) } : column.format,
    )
    const output = { pool, maxPartBytes, emit: (block: Block) => this.#queue.push(block) }
    const encoder = format.encoder(this.columns, output)
    this.partStart = encoder.partStart
    this.#statement = statement
    this.#query = query
    this.#format = format
    this.#encoder = encoder
    const writer = isCanonical(format) ? encoder.inline?.writer : undefined
    this.#splitter = new RowSplitter(
      writer === undefined ? new TextRows(encoder, this.columns.length) : new RowCopier(writer),
    )
  }

  get invalidDates(): RowStream['invalidDates'] {
    return this.#encoder.invalidDates
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return filledBlocks(
      this.#statement,
      this.#queue,
      () => this.#fill(),
      () => this.#encoder.discard(),
    )
  }

  /** Never rejects: the queue ends with the error. */
  async #fill(): Promise<void> {
    try {
      this.rowsRead = await this.#statement.run(async () => {
        const rows = await copyOut(this.#statement, this.#query, this.#format, chunk => this.#take(chunk))
        this.#splitter.end()
        return rows
      })
      await this.#encoder.finish()
      this.#queue.end()
    } catch (error) {
      this.#encoder.discard()
      this.#queue.end(error)
    }
  }

  async #take(chunk: Buffer): Promise<void> {
    let at = this.#splitter.consume(chunk, 0)
    while (at < chunk.length) {
      await this.#readyOrStopped()
      if (this.#statement.stopped.aborted) return
      at = this.#splitter.consume(chunk, at)
    }
  }

  #readyOrStopped(): Promise<void> {
    const { stopped } = this.#statement
    return new Promise((resolve, reject) => {
      const wake = () => {
        stopped.removeEventListener('abort', wake)
        resolve()
      }
      stopped.addEventListener('abort', wake)
      this.#encoder.whenReady().then(wake, reject)
    })
  }
}

/** The bytes that DuckDB writes by itself. */
const CANONICAL: Omit<DelimitedText, 'escaping' | 'header' | 'bom'> = {
  separator: Buffer.from('\t'),
  quote: Buffer.alloc(0),
  escape: Buffer.from('\\'),
  nullWord: Buffer.from('\\N'),
  lineStart: Buffer.alloc(0),
  lineEnd: Buffer.from('\n'),
}
const BYTES = ['separator', 'quote', 'escape', 'nullWord', 'lineStart', 'lineEnd'] as const

/** Whether the format has the bytes of canonical TEXT. */
const isCanonical = ({ delimited }: FormatPlan): boolean =>
  delimited?.escaping === 'backslash' &&
  BYTES.every(option => Buffer.compare(delimited[option], CANONICAL[option]) === 0)
