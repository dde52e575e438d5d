import type { Database, ResultPreview, RowStream, Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { refuseMissingRows } from '../../export/index.ts'
import { BlockPool } from '../../format/index.ts'
import type { Log } from '../../platform/index.ts'
import { givesRows, type Statement } from '../../sql/index.ts'
import type { SqlTask, Step } from '../../statements/sql-task.ts'
import { failedStep } from '../../task/failed-step.ts'
import type { Output } from '../output.ts'
import { heldRows } from './held-rows.ts'
import type { RowPrinter } from './print-formats.ts'

/** Rows are printed when a block is full: not too late if they come slowly. */
const BLOCK_BYTES = 64 * 1024
const BLOCKS = 4
/** For a statement that is no query; a query's rows are streamed. */
const MOST_HELD_ROWS = 100_000

export interface Query {
  readonly task: SqlTask
  readonly database: Database
  /** It is in every statement on the server. */
  readonly mark: string
  readonly printer: RowPrinter
  readonly output: Output
  readonly log: Log
}

/**
 * Runs statements one after the other in one session, and prints their rows to stdout as they come. If the reader of
 * stdout has gone, the statement is stopped and the others do not run.
 *
 * @throws as `SqlTask`; what a statement throws, with its number and line; the reason of the signal
 */
export async function runQuery(query: Query, signal: AbortSignal): Promise<void> {
  const { task, database, mark, output, log } = query
  const session = await database.connect(mark, signal, text => log.warn(text))
  let cancelling: Promise<void> | null = null
  const cancel = (): void => {
    cancelling = session.cancel().catch(thrown => {
      const { message } = BatchQueryError.from(thrown)
      log.warn(`the running statement could not be stopped: ${message}`)
    })
  }
  signal.addEventListener('abort', cancel)
  try {
    for (const step of task.stepsIn(session)) {
      signal.throwIfAborted()
      if (output.closed.aborted) break
      await runStep(step, session, query)
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    // what failed may have been on our side
    cancel()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
    await cancelling
    await session.close()
  }
}

async function runStep(step: Step, session: Session, query: Query): Promise<void> {
  const { statement } = step
  try {
    if (givesRows(statement, session.dialect)) await streamRows(statement, session, query)
    else await execute(statement, session, query)
  } catch (thrown) {
    throw failedStep(step, session.dialect, thrown)
  }
}

async function streamRows({ text }: Statement, session: Session, query: Query): Promise<void> {
  const { printer, log } = query
  const rows = await session.stream(text, {
    format: printer.format,
    pool: new BlockPool(BLOCK_BYTES, BLOCKS),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  if (!(await printRows(rows, query))) return
  for (const { code, message } of rows.warnings) log.warn(`${message} (${code})`)
  refuseMissingRows(rows.warnings)
}

/** @returns false if the reader of stdout has gone */
async function printRows(
  rows: Pick<RowStream, 'columns' | 'partStart' | typeof Symbol.asyncIterator>,
  { printer, output }: Query,
): Promise<boolean> {
  await output.write(printer.begin(rows.columns, rows.partStart))
  for await (const block of rows) {
    await output.write(printer.rows(block.bytes))
    block.release()
    // leaving the loop stops the query
    if (output.closed.aborted) return false
  }
  await output.write(printer.end())
  return true
}

async function execute({ text }: Statement, session: Session, query: Query): Promise<void> {
  const { results, affectedRows, warnings } = await session.execute(text, MOST_HELD_ROWS)
  for (const result of results) await printResult(result, query)
  if (results.length === 0) query.log.info(affectedRows === null ? 'done' : rowsChanged(affectedRows))
  for (const { code, message } of warnings) query.log.warn(`${message} (${code})`)
  refuseMissingRows(warnings)
}

/** @throws ROWS_MISSING if the result was too long to be held */
async function printResult(result: ResultPreview, query: Query): Promise<void> {
  const { rows, rowCount } = result
  const pool = new BlockPool(BLOCK_BYTES, BLOCKS)
  if (!(await printRows(heldRows(result, query.printer.format, pool), query))) return
  if (rowCount > rows.length)
    throw new BatchQueryError('ROWS_MISSING', `of ${rowCount} rows the first ${rows.length} were printed`, {
      hint: 'Only the rows of a query are printed without end: put them into a table and SELECT them.',
    })
}

const rowsChanged = (count: number): string => `${count} row${count === 1 ? '' : 's'} changed`
