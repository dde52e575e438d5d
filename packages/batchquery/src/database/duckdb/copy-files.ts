import { join } from 'node:path'
import type { WrittenFiles } from '../../format/index.ts'
import { asTable, type ExportableQuery, type QueryColumn, quoted } from './exportable-query.ts'
import { Fifo } from './fifo.ts'
import { type FifoFolder, withFifoFolder } from './fifo-folder.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import { ROW } from './planned-query.ts'
import { identifier } from './type-tree.ts'

const CODECS = { NONE: 'uncompressed', SNAPPY: 'snappy', GZIP: 'gzip', ZSTD: 'zstd' } as const
/** DuckDB puts the number of a file in the place of {i}, from 0 on. */
const FILE_NAME = 'file_{i}'
const fileName = (index: number): string => `${FILE_NAME.replace('{i}', String(index))}.parquet`

/** The rows of files, and their columns. */
export interface FileRows {
  /** A SELECT of the rows in their order, with the columns c0 and so on, and ROW. Only one thread of DuckDB may compute it. */
  readonly rows: string
  /** By the numbers of their names in `rows`. */
  readonly columns: ReadonlyMap<number, QueryColumn>
}

/**
 * All rows of a query. Their numbers do more than name a row in an error: DuckDB computes them in the order of the rows, in one thread.
 * Without that, it would write the row groups of one query in any order, because it has several files for them.
 */
export function allRows({ sql, columns }: ExportableQuery): FileRows {
  const names = columns.map((_, index) => `c${index}`)
  const numbered = `SELECT *, system.main.row_number() OVER () AS ${ROW} FROM ${asTable(sql)} t(${names.join(', ')})`
  return { rows: `SELECT * FROM (${numbered}) WHERE ${ROW} > 0`, columns: new Map(columns.entries()) }
}

/**
 * Has DuckDB write rows as files, one after the other, each into a named pipe. Passes each file on whole, in memory
 * that belongs to `take`. While `take` waits nothing is read: the pipe fills up and DuckDB waits as well.
 *
 * @returns how many rows DuckDB says it has written
 */
export function copyFiles(
  statement: InterruptibleStatement,
  rows: FileRows,
  files: WrittenFiles,
  take: (pieces: readonly Buffer[]) => Promise<void>,
): Promise<number> {
  return withFifoFolder(statement.stopped, async folder => {
    const pipes = await FilePipes.open(folder)
    const copied = statement.connection
      .run(copyFilesStatement(rows, folder.path, files))
      .finally(() => pipes.endWriting())
    const reading = drain(statement, pipes, take)
    reading.catch(() => statement.connection.interrupt())
    const [read, copy] = await Promise.allSettled([reading, copied])
    pipes.close()
    // A COPY that fails leaves a file that is not complete. If reading failed for another reason, the COPY was interrupted.
    if (copy.status === 'rejected' && (read.status === 'fulfilled' || !isInterrupt(copy.reason)))
      throw copy.reason
    if (read.status === 'rejected') throw read.reason
    return copy.status === 'fulfilled' ? copy.value.rowsChanged : 0
  })
}

const isInterrupt = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('INTERRUPT')

function copyFilesStatement(
  { rows, columns }: FileRows,
  folder: string,
  { codec, fileRows }: WrittenFiles,
): string {
  const values = Array.from(
    columns,
    ([index, { name, expression }]) => `${expression?.(`c${index}`) ?? `c${index}`} AS ${identifier(name)}`,
  )
  return (
    `COPY (SELECT ${values.join(', ')} FROM (${rows})) TO ${quoted(folder)} ` +
    `(FORMAT parquet, CODEC ${CODECS[codec]}, ROW_GROUP_SIZE ${fileRows}, ROW_GROUPS_PER_FILE 1, ` +
    `FILENAME_PATTERN ${quoted(FILE_NAME)}, OVERWRITE_OR_IGNORE true)`
  )
}

/** Reads to the end in every case, because a COPY that cannot write cannot be interrupted. */
async function drain(
  { connection, stopped }: InterruptibleStatement,
  pipes: FilePipes,
  take: (pieces: readonly Buffer[]) => Promise<void>,
): Promise<void> {
  let failure: { readonly error: unknown } | null = null
  const isWanted = () => !stopped.aborted && failure === null
  for (let file = await pipes.next(isWanted); file !== null; file = await pipes.next(isWanted)) {
    if (!isWanted()) continue
    try {
      await take(file)
    } catch (error) {
      failure = { error }
      connection.interrupt()
    }
  }
  if (failure !== null) throw failure.error
}

/** Pipes that exist before DuckDB needs them. */
const AHEAD = 32

/**
 * The named pipes of the files, in their order. DuckDB opens the next file before it ends the one before, so two pipes are open at
 * a time. The pipe after these exists, but DuckDB waits when it opens a pipe without a reader.
 */
class FilePipes {
  readonly #folder: FifoFolder
  #made = 0
  readonly #open: Fifo[] = []
  #opened = 0
  #isOver = false

  private constructor(folder: FifoFolder) {
    this.#folder = folder
  }

  static async open(folder: FifoFolder): Promise<FilePipes> {
    const pipes = new FilePipes(folder)
    await pipes.#openNext()
    return pipes
  }

  /** Reads the next file to its end. Null if there is none. @param isWanted whether the next bytes must be kept */
  async next(isWanted: () => boolean): Promise<readonly Buffer[] | null> {
    await this.#openNext().catch(error => this.#abandon(error))
    const [fifo] = this.#open
    const pieces: Buffer[] = []
    let hasBegun = false
    for await (const piece of fifo.rows) {
      // DuckDB has the pipe open now.
      fifo.endWriting()
      hasBegun = true
      if (isWanted()) pieces.push(piece)
    }
    fifo.close()
    this.#open.shift()
    return hasBegun ? pieces : null
  }

  /** Call when DuckDB is done. */
  endWriting(): void {
    this.#isOver = true
    for (const fifo of this.#open) fifo.endWriting()
  }

  close(): void {
    for (const fifo of this.#open.splice(0)) fifo.close()
  }

  /** Opens all pipes, and ignores what DuckDB writes: a COPY that waits for a pipe cannot be interrupted. */
  #abandon(error: unknown): never {
    while (this.#opened < this.#made) this.#openMade()
    for (const { rows } of this.#open) rows.resume()
    throw error
  }

  async #openNext(): Promise<void> {
    if (this.#opened + 2 > this.#made) {
      const names = Array.from({ length: AHEAD }, (_, index) => fileName(this.#made + index))
      await this.#folder.add(names)
      this.#made += AHEAD
    }
    this.#openMade()
  }

  #openMade(): void {
    const fifo = new Fifo(join(this.#folder.path, fileName(this.#opened++)))
    this.#open.push(fifo)
    if (this.#isOver) fifo.endWriting()
  }
}
