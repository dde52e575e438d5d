import type { Block, InvalidDates, TypedColumn, WrittenFiles } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { copyFiles } from './copy-files.ts'
import type { ExportableQuery } from './exportable-query.ts'
import { filledBlocks } from './filled-blocks.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import type { FilesOfQuery } from './planned-query.ts'

/** The rows of one query in files that DuckDB writes itself. Nothing runs before the iteration begins. */
export class FileRowStream implements RowStream {
  readonly columns: readonly TypedColumn[]
  readonly partStart = new Uint8Array()
  readonly warnings: readonly ServerWarning[] = []
  /** DuckDB has no such dates. */
  readonly invalidDates: readonly InvalidDates[] = []
  /** The count that DuckDB's COPY returns. */
  rowsRead = 0
  readonly #statement: InterruptibleStatement
  readonly #query: ExportableQuery
  readonly #queue = new BlockQueue()
  readonly #files: WrittenFiles

  /** @throws UNSUPPORTED_CLAUSE */
  constructor(
    statement: InterruptibleStatement,
    { query, writtenFiles }: FilesOfQuery,
    { pool, maxPartBytes }: StreamOptions,
  ) {
    this.columns = query.columns.map(column => column.format)
    this.#statement = statement
    this.#query = query
    this.#files = writtenFiles({ pool, maxPartBytes, emit: block => this.#queue.push(block) })
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    const { joiner } = this.#files
    return filledBlocks(
      this.#statement,
      this.#queue,
      () => this.#fill(),
      () => joiner.discard(),
    )
  }

  async #fill(): Promise<void> {
    const { joiner } = this.#files
    // A wait for buffers must end with the statement.
    const discard = () => joiner.discard()
    this.#statement.stopped.addEventListener('abort', discard)
    try {
      this.rowsRead = await this.#statement.run(() =>
        copyFiles(this.#statement, this.#query, this.#files, pieces => joiner.add(pieces)),
      )
      await joiner.finish()
      this.#queue.end()
    } catch (error) {
      joiner.discard()
      this.#queue.end(error)
    }
  }
}
