import type { Database, ResultPreview, ServerWarning, Session } from '../database/database.ts'
import { sessionMark } from '../database/session-mark.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  chooseMode,
  type Exportable,
  type ExportMode,
  type ExportPlan,
  exportNeeds,
  nativeNeedsOf,
  type Places,
  planExport,
  refuseMissingRows,
  resolveDestination,
  runExport,
  runNativeExport,
} from '../export/index.ts'
import { type Log, type ProgressLine, unlessAborted, visible } from '../platform/index.ts'
import type { OwnedRun } from '../run/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import { type SessionSteps, SqlTask, type Step } from '../statements/sql-task.ts'
import { failedStep } from './failed-step.ts'
import { previewTable } from './preview.ts'

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
  for (const [secret, spellings] of task.secrets) log.addSecret(secret, spellings)
  context.limit(task.timeoutSeconds)
  await meetRivals(task.steps, context)
  signal.throwIfAborted()
  const session = await database.connect(sessionMark(run.record.id), signal, text => log.info(text))
  const stopping = stopOn(signal, session, run)
  try {
    const { kind, version } = session.server
    const { dialect, host, name } = database
    const record = { dialect, server: `${kind} ${version}`, host, name, session: session.id }
    await unlessAborted(signal, () => run.recordSession(record))
    log.info(`connected to ${kind} ${version} at ${host}${name === '' ? '' : `, database ${name}`}`)
    await runSteps(task.stepsIn(session), session, context)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    await stopping.done()
    await session.close()
  }
}

/** Before the first statement, which may take hours: who writes to a destination of the task now? @throws DESTINATION_LOCKED */
async function meetRivals(steps: readonly Step[], context: SqlContext): Promise<void> {
  const uris = new Set(exportables(steps, context).map(({ destination }) => destination.uri))
  for (const uri of uris) await unlessAborted(context.signal, () => context.run.journal.meetRivals(uri))
}

/** What the runner has to ask about a statement is asked where no later statement of the task can see it. */
async function runSteps(steps: SessionSteps, session: Session, context: SqlContext): Promise<void> {
  let announced = steps.all
  const announceNext = async (from: number): Promise<void> => {
    announced = steps.all
    const next = announced.slice(from).find(({ exported }) => exported !== null)?.exported
    if (next) await session.announce(exportNeeds(next))
  }
  const native = await nativeNeedsOf(modeOf(context), exportables(steps.all, context), session)
  await announceNext(0)
  try {
    for (const step of steps) {
      context.signal.throwIfAborted()
      const isReadAgain = announced !== steps.all
      if (step.exported !== null || isReadAgain) await announceNext(step.number)
      await runStep(step, session, native, context)
    }
  } catch (error) {
    // They may say why it failed.
    if (!context.signal.aborted) await session.deliverLateWarnings().catch(() => {})
    throw error
  }
  await session.deliverLateWarnings()
}

const modeOf = ({ run }: SqlContext): ExportMode => run.record.request.mode ?? 'auto'

const exportables = (steps: readonly Step[], { places }: SqlContext): Exportable[] =>
  steps.flatMap(({ exported }) =>
    exported === null
      ? []
      : [{ statement: exported, destination: resolveDestination(exported.destination, places) }],
  )

/** What a native export needs of the server, as it was when the task began. */
type NativeNeeds = Awaited<ReturnType<typeof nativeNeedsOf>>

/** Stops the running statement when the signal comes; `done` waits until the server has confirmed it. */
function stopOn(signal: AbortSignal, session: Session, run: OwnedRun): { done: () => Promise<void> } {
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
    done: async () => {
      signal.removeEventListener('abort', cancel)
      await cancelling
    },
  }
}

async function runStep(
  step: Step,
  session: Session,
  native: NativeNeeds,
  context: SqlContext,
): Promise<void> {
  const { exported } = step
  try {
    if (exported === null) await runPlain(step, session, context)
    else await runExportStatement(exported, step, session, native, context)
  } catch (thrown) {
    throw failedStep(step, session.dialect, thrown)
  }
}

async function runPlain(
  { statement: { text }, number, isLast }: Step,
  session: Session,
  { run, log, progress }: SqlContext,
): Promise<void> {
  const take = (warnings: readonly ServerWarning[]): void => {
    for (const { code, message } of warnings) run.warn(`statement ${number}: ${message} (${code})`)
    refuseMissingRows(warnings)
  }
  progress.start(() => run.record.progress, waitingFor(`statement ${number}: waiting for its end`, session))
  const outcome = await session
    .execute(text, PREVIEW_ROWS, isLast ? undefined : take)
    .finally(() => progress.stop())
  const { results, affectedRows, warnings, unlisted } = outcome
  for (const result of results)
    log.info(`statement ${number}: ${result.rowCount} rows\n${previewTable(result)}`)
  const dropped = droppedRows(results)
  if (dropped !== null) run.warn(`statement ${number}: ${dropped}`)
  if (results.length === 0)
    log.info(`statement ${number}: ${affectedRows === null ? 'done' : `${affectedRows} rows changed`}`)
  take(warnings)
  if (unlisted > 0) log.info(`statement ${number}: ${unlisted} ${warnings.length > 0 ? 'more ' : ''}warnings`)
}

/** Of rows that are neither in the log nor exported; null when the log shows all. */
function droppedRows(results: readonly ResultPreview[]): string | null {
  const rows = results.reduce((sum, { rowCount }) => sum + rowCount, 0)
  const shown = results.reduce((sum, { rows }) => sum + rows.length, 0)
  return rows === shown
    ? null
    : `${rows.toLocaleString('en-US')} rows, of which the log shows ${shown}; nothing was exported (INTO OUTFILE S3 exports)`
}

async function runExportStatement(
  statement: ExportStatement,
  { number, isLast }: Step,
  session: Session,
  native: NativeNeeds,
  context: SqlContext,
): Promise<void> {
  const { run, places, signal, log, progress } = context
  const plan = planExport(statement, resolveDestination(statement.destination, places))
  const { destination } = plan
  const { mode, why } = chooseMode(modeOf(context), { statement, destination }, session, native)
  if (why !== null) log.info(`statement ${number}: streamed, and not written by the server itself: ${why}`)
  log.info(
    `statement ${number}: exporting to ${plan.destination.uri}${mode === 'native' ? ', by the server itself' : ''}`,
  )
  const awaited = mode === 'native' ? 'the server to write' : 'the first row'
  progress.start(
    () => run.record.progress,
    waitingFor(`statement ${number}: waiting for ${awaited}`, session),
  )
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

/** What is waited for, how long already and, once the server was asked, what that does. */
const waitingFor =
  (what: string, session: Session) =>
  (elapsed: string): string =>
    `${what}, ${elapsed}${session.doing === null ? '' : ` (the server: ${visible(session.doing)})`}`

const countOf = (parts: readonly unknown[]): string => `${parts.length} part${parts.length === 1 ? '' : 's'}`
