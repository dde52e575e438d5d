import type { Database, Session } from '../database/database.ts'
import { sessionMark } from '../database/session-mark.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  chooseMode,
  type ExportPlan,
  type Places,
  planExport,
  refuseMissingRows,
  resolveDestination,
  runExport,
  runNativeExport,
} from '../export/index.ts'
import { type Log, type ProgressLine, unlessAborted } from '../platform/index.ts'
import type { OwnedRun } from '../run/index.ts'
import type { ExportStatement, Statement } from '../sql/index.ts'
import { failedStep } from './failed-step.ts'
import { previewTable } from './preview.ts'
import { SqlTask, type Step } from './sql-task.ts'

const PREVIEW_ROWS = 100

export interface SqlContext {
  readonly run: OwnedRun
  readonly database: Database
  readonly places: Places
  readonly signal: AbortSignal
  readonly log: Log
  readonly progress: ProgressLine
  /** The parameters as they were given. */
  readonly given: Readonly<Record<string, string>>
  /** Takes the task's own timeout; the submitter's stands before it. */
  readonly limit: (seconds: number | null) => void
}

/**
 * Runs a SQL task: its statements one after the other in one session, exports among them.
 *
 * @throws as `SqlTask`; what a statement throws, with its number and line; the reason of the signal
 */
export async function runSqlTask(text: string, context: SqlContext): Promise<void> {
  const { database, run, signal, log, given, places } = context
  const task = new SqlTask(text, { dialect: database.dialect, given, places })
  for (const secret of task.secrets) log.addSecret(secret)
  context.limit(task.timeoutSeconds)
  signal.throwIfAborted()
  const session = await database.connect(sessionMark(run.record.id), signal)
  const stopping = stopOn(signal, session, run)
  try {
    const { kind, version } = session.server
    const { dialect, host, name } = database
    const record = { dialect, server: `${kind} ${version}`, host, name, session: session.id }
    await unlessAborted(signal, () => run.recordSession(record))
    log.info(`connected to ${kind} ${version} at ${host}${name === '' ? '' : `, database ${name}`}`)
    for (const step of task.stepsIn(session)) {
      signal.throwIfAborted()
      await runStep(step, session, context)
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    await stopping.settled()
    await session.close()
  }
}

/** Stops the running statement when the signal comes; `settled` waits until the server has confirmed it. */
function stopOn(signal: AbortSignal, session: Session, run: OwnedRun): { settled: () => Promise<void> } {
  let cancelling: Promise<void> | null = null
  const cancel = (): void => {
    cancelling = session.cancel().catch(error => {
      const { message } = BatchQueryError.from(error)
      run.warn(`the statement of session ${session.id} could not be stopped and may still run: ${message}`)
    })
  }
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel)
  return {
    settled: async () => {
      signal.removeEventListener('abort', cancel)
      await cancelling
    },
  }
}

async function runStep(step: Step, session: Session, context: SqlContext): Promise<void> {
  const { number, statement, exported, isLast } = step
  try {
    if (exported === null) await runPlain(statement, number, session, context)
    else await runExportStatement(exported, isLast, number, session, context)
  } catch (thrown) {
    throw failedStep(step, session.dialect, thrown)
  }
}

async function runPlain(
  { text }: Statement,
  number: number,
  session: Session,
  { run, log }: SqlContext,
): Promise<void> {
  const { results, affectedRows, warnings } = await session.execute(text, PREVIEW_ROWS)
  for (const result of results)
    log.info(`statement ${number}: ${result.rowCount} rows\n${previewTable(result)}`)
  if (results.length === 0)
    log.info(`statement ${number}: ${affectedRows === null ? 'done' : `${affectedRows} rows changed`}`)
  for (const { code, message } of warnings) run.warn(`statement ${number}: ${message} (${code})`)
  refuseMissingRows(warnings)
}

async function runExportStatement(
  statement: ExportStatement,
  isLast: boolean,
  number: number,
  session: Session,
  context: SqlContext,
): Promise<void> {
  const { run, places, signal, log, progress } = context
  const plan = planExport(statement, resolveDestination(statement.destination, places))
  const { mode, why } = await chooseMode(
    run.record.request.mode ?? 'auto',
    statement,
    plan.destination,
    session,
  )
  if (why !== null) log.info(`statement ${number}: streamed, and not written by the server itself: ${why}`)
  log.info(
    `statement ${number}: exporting to ${plan.destination.uri}${mode === 'native' ? ', by the server itself' : ''}`,
  )
  progress.start(() => run.record.progress)
  try {
    if (mode === 'native') return await runNative(statement, plan, number, session, context)
    const { staged, warnings } = await runExport(session, plan, {
      runId: run.record.id,
      journal: run.journal,
      progress: (rows, bytes, parts) => run.addProgress({ rows, bytes, parts }),
      signal,
      warn: text => run.warn(text),
      isLast,
    })
    for (const { code, message } of warnings) run.warn(`statement ${number}: ${message} (${code})`)
    log.info(
      `statement ${number}: published ${staged.rows} rows, ${staged.bytes} bytes, ${countOf(staged.parts)} at ${staged.uri}`,
    )
  } finally {
    progress.stop()
  }
}

async function runNative(
  statement: ExportStatement,
  plan: ExportPlan,
  number: number,
  session: Session,
  { run, signal, log }: SqlContext,
): Promise<void> {
  const { rows, bytes, parts, uri } = await runNativeExport(session, statement, plan, {
    journal: run.journal,
    progress: (rows, bytes, parts) => run.addProgress({ rows, bytes, parts }),
    signal,
    warn: text => run.warn(text),
  })
  log.info(`statement ${number}: published ${rows} rows, ${bytes} bytes, ${countOf(parts)} at ${uri}`)
}

const countOf = (parts: readonly unknown[]): string => `${parts.length} part${parts.length === 1 ? '' : 's'}`
