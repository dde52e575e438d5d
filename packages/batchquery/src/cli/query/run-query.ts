import type { Database, ResultPreview, ServerWarning, Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { type Block, BlockPool, type TypedColumn } from '../../format/index.ts'
import type { Log } from '../../platform/index.ts'
import { givesRows, type Statement } from '../../sql/index.ts'
import { queryRows, runStatement } from '../../statements/run-statement.ts'
import { runSteps } from '../../statements/run-steps.ts'
import { withSession } from '../../statements/session.ts'
import type { SqlTask } from '../../statements/sql-task.ts'
import type { Output } from '../output.ts'
import { heldRows, textColumn } from './held-rows.ts'
import type { RowPrinter } from './print-formats.ts'

/** For rows in memory. */
const BLOCK_BYTES = 64 * 1024
const BLOCKS = 4
/** The rows of a query are streamed. Those of any other statement are kept in memory, up to this number. */
const MOST_HELD_ROWS = 100_000

export interface Query {
  readonly task: SqlTask
  readonly database: Database
  /** Every statement carries it on the server. */
  readonly mark: string
  readonly printer: RowPrinter
  readonly output: Output
  readonly log: Log
}

/**
 * Runs statements one after the other in one session and prints their rows on stdout as they come. If the reader of stdout has gone, it
 * stops the statement and does not run the others.
 *
 * @throws as `SqlTask`; the error of a statement, with its number and line; the reason of the signal
 */
export async function runQuery(query: Query, signal: AbortSignal): Promise<void> {
  const { task, database, mark, output, log } = query
  const warn = (text: string): void => log.warn(text)
  await withSession(database, { mark, signal, waiting: warn, warn }, session =>
    runSteps(task, session, {
      signal,
      isOver: () => output.closed.aborted,
      run: ({ statement }) =>
        givesRows(statement, session.dialect)
          ? streamRows(statement, session, query)
          : execute(statement, session, query),
    }),
  )
}

async function streamRows(statement: Statement, session: Session, query: Query): Promise<void> {
  const { printer, output, log } = query
  const { columns, partStart, blocks } = await queryRows(session, statement, {
    format: printer.format,
    ended: async warnings => {
      await output.write(printer.end())
      logWarnings(warnings, log)
    },
  })
  await printBlocks(columns, partStart, blocks, query)
}

/** @returns false if the reader of stdout has gone */
async function printBlocks(
  columns: readonly TypedColumn[],
  partStart: Uint8Array,
  blocks: AsyncIterable<Block>,
  { printer, output }: Pick<Query, 'printer' | 'output'>,
): Promise<boolean> {
  await output.write(printer.begin(columns, partStart))
  for await (const block of blocks) {
    await output.write(printer.rows(block.bytes))
    block.release()
    // Leaving the loop stops the query.
    if (output.closed.aborted) return false
  }
  return true
}

async function execute(statement: Statement, session: Session, query: Query): Promise<void> {
  const { log } = query
  await runStatement(session, statement, {
    keptRows: MOST_HELD_ROWS,
    outcome: async ({ results, affectedRows }) => {
      for (const result of results) await printResult(result, query)
      if (results.length === 0) log.info(affectedRows === null ? 'done' : rowsChanged(affectedRows))
    },
    warnings: warnings => logWarnings(warnings, log),
  })
}

function logWarnings(warnings: readonly ServerWarning[], log: Log): void {
  for (const { code, message } of warnings) log.warn(`${message} (${code})`)
}

/** Prints rows that are in memory. */
export async function printHeldRows(
  columns: readonly TypedColumn[],
  rows: Parameters<typeof heldRows>[1],
  { printer, output }: Pick<Query, 'printer' | 'output'>,
): Promise<void> {
  const held = heldRows(columns, rows, printer.format, new BlockPool(BLOCK_BYTES, BLOCKS))
  if (await printBlocks(columns, held.partStart, held, { printer, output })) await output.write(printer.end())
}

/** @throws ROWS_MISSING if the result was too long to be kept */
async function printResult({ columns, rows, rowCount }: ResultPreview, query: Query): Promise<void> {
  await printHeldRows(columns.map(textColumn), rows, query)
  if (query.output.closed.aborted) return
  if (rowCount > rows.length)
    throw new BatchQueryError('ROWS_MISSING', `printed only the first ${rows.length} of ${rowCount} rows`, {
      hint: 'To see all rows, write them into a table and SELECT from it.',
    })
}

const rowsChanged = (count: number): string => `${count} row${count === 1 ? '' : 's'} changed`
