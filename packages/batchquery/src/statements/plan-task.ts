import type { Session } from '../database/database.ts'
import { databaseDialect } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  chooseMode,
  type ExportMode,
  type Forecast,
  forecastExport,
  nativeNeedsOf,
  type ReaderLimits,
} from '../export/index.ts'
import type { Statement } from '../sql/index.ts'
import {
  changingStatement,
  definingStatement,
  type EarlierStatement,
  surelyNeeded,
} from './earlier-statement.ts'
import type { PlannedExport } from './run-export.ts'
import { exportable, exportables } from './run-steps.ts'
import { rulesNow } from './session.ts'
import type { SqlTask, Step } from './sql-task.ts'

/** What one export of a task would do: a forecast, or why there is none. */
export interface StepForecast {
  /** From 1. */
  readonly number: number
  readonly line: number
  readonly exported: PlannedExport
  readonly mode: 'native' | 'streamed'
  /** Why a server that usually exports by itself does not; null for any other export. */
  readonly why: string | null
  /** Null for an export by the server itself, and for one that is refused. */
  readonly forecast: Forecast | null
  readonly refusal: Refusal | null
}

/** Why an export has no forecast. */
export interface Refusal {
  readonly error: BatchQueryError
  /** The number of the earlier statement that the export needs. Null if the export itself would fail. */
  readonly needs: number | null
}

export interface ForecastUse {
  readonly mode: ExportMode
  readonly limits: Pick<ReaderLimits, 'maxSessions'>
  readonly signal: AbortSignal
}

/**
 * Says what each export of a task would do. It runs no statement of the task, and reads statistics and index rows only. The session can
 * write nothing afterwards.
 *
 * @throws as `SqlTask.stepsIn`; the signal's reason; DATABASE_LOST
 */
export async function planTask(
  task: SqlTask,
  session: Session,
  use: ForecastUse,
): Promise<readonly StepForecast[]> {
  const dialect = databaseDialect(session.dialect)
  // An EXPLAIN may call functions of a query, which the server then keeps from writing.
  if (dialect.kind === 'server') await session.execute(dialect.readOnly, 0)
  const { all } = task.stepsIn(session)
  const needs = await nativeNeedsOf(use.mode, exportables(all), session)
  const forecasts: StepForecast[] = []
  for (const [index, { number, statement, exported }] of all.entries()) {
    if (exported === null) continue
    use.signal.throwIfAborted()
    const found = await forecastStep({ statement, exported }, all.slice(0, index), session, { ...use, needs })
    forecasts.push({ number, line: statement.line, exported, ...found })
  }
  return forecasts
}

async function forecastStep(
  { statement, exported }: { readonly statement: Statement; readonly exported: PlannedExport },
  earlier: readonly Step[],
  session: Session,
  { mode, limits, signal, needs }: ForecastUse & { readonly needs: Parameters<typeof chooseMode>[3] },
): Promise<Omit<StepForecast, 'number' | 'line' | 'exported'>> {
  const { dialect } = session
  const rules = rulesNow(session)
  const needed =
    surelyNeeded(statement, earlier, dialect) ??
    (rules === null ? null : changingStatement(statement, earlier, rules))
  if (needed !== null) return refused(needsEarlier(needed), needed.number)
  try {
    const chosen = chooseMode(mode, exportable(exported), session, needs)
    const isNative = chosen.mode === 'native'
    const forecast = isNative ? null : await forecastExport(session, exported, limits)
    return { ...chosen, forecast, refusal: null }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = BatchQueryError.from(thrown)
    if (ENDS_ALL.has(error.code)) throw error
    const defining = error.code === 'QUERY_FAILED' ? definingStatement(statement, earlier, dialect) : null
    return defining === null ? refused(error, null) : refused(needsEarlier(defining), defining.number)
  }
}

/** Errors that say nothing about the export itself. */
const ENDS_ALL: ReadonlySet<string> = new Set(['DATABASE_LOST', 'CANCELLED', 'INTERNAL'])

const refused = (error: BatchQueryError, needs: number | null) => ({
  mode: 'streamed' as const,
  why: null,
  forecast: null,
  refusal: { error, needs },
})

const needsEarlier = ({ number, line, does }: EarlierStatement): BatchQueryError =>
  new BatchQueryError(
    'QUERY_FAILED',
    `the query needs statement ${number} (line ${line}), which ${does}, and a plan runs no statement`,
    { hint: `Run statement ${number} by itself and plan the export without it, or run the task.` },
  )
