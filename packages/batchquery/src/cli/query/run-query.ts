import type { Database, ResultPreview, Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { refuseMissingRows } from '../../export/index.ts'
import { BlockPool, encodeRow, rowEncoder, type TypedColumn } from '../../format/index.ts'
import type { Log } from '../../platform/index.ts'
import { givesRows, type Statement } from '../../sql/index.ts'
import type { SqlTask, Step } from '../../statements/sql-task.ts'
import { failedStep } from '../../task/failed-step.ts'
import type { Output } from '../output.ts'
import type { RowPrinter } from './print-formats.ts'

/** Rows go out when a block is full: not too late where they come slowly. */
const BLOCK_BYTES = 64 * 1024
const BLOCKS = 4
/** Of what a statement that is no query answers; a query's rows are streamed. */
const MOST_HELD_ROWS = 100_000

export interface Query {
  readonly task: SqlTask
  readonly database: Database
  /** Stands in every statement on the server. */
  readonly mark: string
  readonly printer: RowPrinter
  readonly output: Output
  readonly log: Log
}

/**
 * Runs statements one after the other in one session, their rows going to stdout as they come. Where nobody reads
 * stdout any more, the statement is stopped and the others do not run.
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
  const { printer, output, log } = query
  const rows = await session.stream(text, {
    format: printer.takes,
    layout: {},
    characterSet: 'utf8mb4',
    header: true,
    pool: new BlockPool(BLOCK_BYTES, BLOCKS),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  await output.write(printer.begin(rows.columns, rows.header))
  for await (const block of rows) {
    await output.write(printer.rows(block.bytes))
    block.release()
    // leaving the loop stops the query
    if (output.closed.aborted) return
  }
  await output.write(printer.end())
  for (const { code, message } of rows.warnings) log.warn(`${message} (${code})`)
  refuseMissingRows(rows.warnings)
}

async function execute({ text }: Statement, session: Session, query: Query): Promise<void> {
  const { results, affectedRows, warnings } = await session.execute(text, MOST_HELD_ROWS)
  for (const result of results) await printResult(result, query)
  if (results.length === 0) query.log.info(affectedRows === null ? 'done' : rowsChanged(affectedRows))
  for (const { code, message } of warnings) query.log.warn(`${message} (${code})`)
  refuseMissingRows(warnings)
}

/** @throws ROWS_MISSING where the result was too long to be held */
async function printResult(
  { columns, rows, rowCount }: ResultPreview,
  { printer, output }: Query,
): Promise<void> {
  const typed = columns.map(textColumn)
  const encoder = rowEncoder(printer.takes, typed, {})
  await output.write(printer.begin(typed, encoder.header))
  const encoded = rows.map(row => {
    const values = row.map(value => (value === null ? null : Buffer.from(value)))
    const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    const line = Buffer.alloc(2 * bytes + encoder.overheadPerRow)
    return line.subarray(0, encodeRow(encoder, values, line, 0))
  })
  await output.write(printer.rows(Buffer.concat(encoded)))
  await output.write(printer.end())
  if (rowCount > rows.length)
    throw new BatchQueryError('ROWS_MISSING', `of ${rowCount} rows the first ${rows.length} were printed`, {
      hint: 'Only the rows of a query are printed without end: put them into a table and SELECT them.',
    })
}

/** What other statements answer comes as text, whatever it is. */
const textColumn = (name: string): TypedColumn => ({
  name: Buffer.from(name),
  kind: 'string',
  type: 'text',
  encoding: 'utf8',
  isLarge: false,
})

const rowsChanged = (count: number): string => `${count} row${count === 1 ? '' : 's'} changed`
