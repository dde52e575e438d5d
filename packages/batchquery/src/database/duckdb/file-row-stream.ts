import type { Block, FileJoiner, InvalidDates, TypedColumn, WrittenFiles } from '../../format/index.ts'
import { BlockQueue } from '../block-queue.ts'
import type { RowStream, ServerWarning, StreamOptions } from '../database.ts'
import { allRows, copyFiles, type FileRows } from './copy-files.ts'
import { divideRows } from './divided-rows.ts'
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
  readonly #plan: FilesOfQuery
  readonly #queue = new BlockQueue()
  readonly #begin: (path: string) => WrittenFiles
  /** Joins the files that DuckDB writes now. */
  #joiner: FileJoiner | null = null

  /** @throws UNSUPPORTED_CLAUSE */
  constructor(
    statement: InterruptibleStatement,
    plan: FilesOfQuery,
    { pool, maxPartBytes }: Pick<StreamOptions, 'pool' | 'maxPartBytes'>,
  ) {
    const push = (block: Block) => this.#queue.push(block)
    this.columns = plan.query.columns.map(column => column.format)
    this.#statement = statement
    this.#plan = plan
    this.#begin = partition =>
      plan.writtenFiles({ pool, maxPartBytes, emit: block => push({ ...block, partition }) })
    // It refuses clauses that only the encoder can follow, before the query runs.
    this.#begin('').joiner.discard()
  }

  [Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
    return filledBlocks(
      this.#statement,
      this.#queue,
      () => this.#fill(),
      () => this.#joiner?.discard(),
    )
  }

  async #fill(): Promise<void> {
    // A wait for buffers must end with the statement.
    const discard = () => this.#joiner?.discard()
    this.#statement.stopped.addEventListener('abort', discard)
    try {
      this.rowsRead = await this.#statement.run(() => this.#copy())
      this.#queue.end()
    } catch (error) {
      discard()
      this.#queue.end(error)
    }
  }

  async #copy(): Promise<number> {
    const { query, division } = this.#plan
    if (division === null) return this.#join('', allRows(query))
    const columns = new Map(division.kept.map(index => [index, query.columns[index]]))
    return divideRows(this.#statement, query, division, async ({ path, rows }) => {
      await this.#join(path, { rows, columns })
    })
  }

  /** Makes the parts of a partition. Returns how many rows DuckDB says it has written. */
  async #join(partition: string, rows: FileRows): Promise<number> {
    const files = this.#begin(partition)
    this.#joiner = files.joiner
    const count = await copyFiles(this.#statement, rows, files, pieces => files.joiner.add(pieces))
    if (!this.#statement.stopped.aborted) await files.joiner.finish()
    return count
  }
}
