import type {
  RowStream,
  ServerWarning,
  Session,
  StatementOutcome,
  StreamOptions,
} from '../database/database.ts'
import { refuseMissingRows } from '../export/index.ts'
import { type Block, BlockPool } from '../format/index.ts'
import type { Statement } from '../sql/index.ts'

/** A caller prints a block when it is full, so a small block shows rows early. */
const BLOCK_BYTES = 64 * 1024
const BLOCKS = 4

/** How a caller uses the results of a statement. */
export interface StatementUse {
  /** How many rows of each result are kept. */
  readonly keptRows: number
  /** Takes the outcome before the warnings. */
  readonly outcome?: (outcome: StatementOutcome) => void | Promise<void>
  /** Takes the server's warnings. */
  readonly warnings?: (warnings: readonly ServerWarning[]) => void
  /**
   * Whether a later statement may follow that must not see that the server was asked for warnings. Those that cannot be read unseen come
   * with `Session.deliverLateWarnings`. @default false
   */
  readonly mayWarnLate?: boolean
}

/**
 * Runs a statement to its end.
 *
 * @throws as `Session.execute` and the caller's functions; ROWS_MISSING if a warning means that rows are missing
 */
export async function runStatement(
  session: Session,
  { text }: Statement,
  { keptRows, outcome: take, warnings, mayWarnLate = false }: StatementUse,
): Promise<StatementOutcome> {
  const judge = (given: readonly ServerWarning[]): void => {
    warnings?.(given)
    refuseMissingRows(given)
  }
  const outcome = await session.execute(text, keptRows, mayWarnLate ? judge : undefined)
  await take?.(outcome)
  judge(outcome.warnings)
  return outcome
}

/** How a caller uses the rows of a query. */
export interface RowsUse extends Pick<StreamOptions, 'format'> {
  /** Called after the last row, with the server's warnings. */
  readonly ended?: (warnings: readonly ServerWarning[]) => Promise<void>
}

/** The rows of a query as blocks of encoded rows. The caller releases each block. */
export interface QueryRows extends Pick<RowStream, 'columns' | 'partStart'> {
  /** Leaving the loop early stops the query. @throws as `RowStream`; ROWS_MISSING */
  readonly blocks: AsyncGenerator<Block, void, void>
}

/** Starts a query for its rows. @throws as `Session.stream` */
export async function queryRows(
  session: Session,
  { text }: Statement,
  { format, ended }: RowsUse,
): Promise<QueryRows> {
  const stream = await session.stream(text, {
    format,
    pool: new BlockPool(BLOCK_BYTES, BLOCKS),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
  })
  return { columns: stream.columns, partStart: stream.partStart, blocks: blocksOf(stream, ended) }
}

async function* blocksOf(stream: RowStream, ended: RowsUse['ended']): AsyncGenerator<Block, void, void> {
  for await (const block of stream) yield block
  await ended?.(stream.warnings)
  refuseMissingRows(stream.warnings)
}
