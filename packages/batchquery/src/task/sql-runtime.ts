import type { Database, ResultPreview, Session } from '../database/database.ts'
import { sessionMark } from '../database/session-mark.ts'
import {
  compressionName,
  type MachineHost,
  type Places,
  type ReaderHost,
  type ReaderSession,
  type ReaderSource,
} from '../export/index.ts'
import { type Log, type ProgressLine, unlessAborted, visible } from '../platform/index.ts'
import type { OwnedRun } from '../run/index.ts'
import { type ExportStep, runExportStep } from '../statements/run-export.ts'
import { runStatement } from '../statements/run-statement.ts'
import { runSteps } from '../statements/run-steps.ts'
import { sessionRecord, withSession } from '../statements/session.ts'
import { SqlTask, type Step } from '../statements/sql-task.ts'
import type { TaskText } from '../statements/task-text.ts'

const PREVIEW_ROWS = 100
const MIB = 1024 * 1024

export interface SqlContext {
  readonly run: OwnedRun
  readonly database: Database
  readonly places: Places
  readonly signal: AbortSignal
  readonly log: Log
  readonly progress: ProgressLine
  /** The values that the user passed for the parameters. */
  readonly given: Readonly<Record<string, string>>
  /** How the threads of PARALLEL reach the database and the store. */
  readonly source: ReaderSource
  readonly limits: ReaderHost['limits']
  /** The machines that read exports with PARALLEL. @default - threads of this process read them */
  readonly machines?: MachineHost
  /** Takes the task's own timeout, which counts if the submitter set none. */
  readonly limit: (seconds: number | null) => void
}

/**
 * Runs a SQL task: its statements one after the other in one session, exports among them. Results go into the log.
 *
 * @throws as `SqlTask`; the error of a statement, with its number and line; the reason of the signal
 */
export async function runSqlTask(text: TaskText, context: SqlContext): Promise<void> {
  const { database, run, signal, log, given, places } = context
  const task = new SqlTask(text, { given, places })
  for (const [secret, spellings] of task.secrets) log.addSecret(secret, spellings)
  context.limit(task.timeoutSeconds)
  await meetRivals(task.steps, context)
  signal.throwIfAborted()
  const opening = {
    mark: sessionMark(run.record.id),
    signal,
    waiting: (sentence: string) => log.info(sentence),
    warn: (sentence: string) => run.warn(sentence),
    opened: (session: Session) => recordSession(session, context),
  }
  await withSession(database, opening, session =>
    runSteps(task, session, {
      signal,
      mode: run.record.request.mode ?? 'auto',
      warn: sentence => run.warn(sentence),
      run: (step, exported) => {
        run.notes.beginStatement(step.number, step.statement.line)
        return exported === null
          ? runPlain(step, session, context)
          : runExport(step, exported, session, context)
      },
    }),
  )
}

/** Before the first statement, which may take hours: which runs write to a destination of the task now? @throws DESTINATION_LOCKED */
async function meetRivals(steps: readonly Step[], { run, signal }: SqlContext): Promise<void> {
  const uris = new Set(steps.flatMap(({ exported }) => exported?.plan.destination.uri ?? []))
  for (const uri of uris) await unlessAborted(signal, () => run.journal.meetRivals(uri))
}

async function recordSession(session: Session, { database, run, signal, log }: SqlContext): Promise<void> {
  const record = sessionRecord(database, session)
  await unlessAborted(signal, () => run.recordSession(record))
  const { server, host, name } = record
  log.info(`connected to ${server} at ${host}${name === '' ? '' : `, database ${name}`}`)
}

async function runPlain(
  { statement, number, isLast }: Step,
  session: Session,
  { run, log, progress }: SqlContext,
): Promise<void> {
  progress.start(() => run.record.progress, waitingFor(`statement ${number}: waiting for its end`, session))
  const { warnings, unlisted } = await runStatement(session, statement, {
    keptRows: PREVIEW_ROWS,
    mayWarnLate: !isLast,
    outcome: ({ results, affectedRows }) => {
      for (const result of results)
        log.info(`statement ${number}: ${result.rowCount} rows\n${previewTable(result)}`)
      const dropped = droppedRows(results)
      if (dropped !== null) run.warn(`statement ${number}: ${dropped}`)
      if (results.length === 0)
        log.info(`statement ${number}: ${affectedRows === null ? 'done' : `${affectedRows} rows changed`}`)
    },
    warnings: given => {
      for (const { code, message } of given) run.warn(`statement ${number}: ${message} (${code})`)
    },
  }).finally(() => progress.stop())
  if (unlisted > 0) log.info(`statement ${number}: ${unlisted} ${warnings.length > 0 ? 'more ' : ''}warnings`)
}

/** A sentence about rows that are neither in the log nor exported; null if the log shows all. */
function droppedRows(results: readonly ResultPreview[]): string | null {
  const rows = results.reduce((sum, { rowCount }) => sum + rowCount, 0)
  const shown = results.reduce((sum, { rows }) => sum + rows.length, 0)
  return rows === shown
    ? null
    : `${rows.toLocaleString('en-US')} rows, ${shown} of them in the log; to export the rows, use INTO OUTFILE S3`
}

async function runExport(
  { number }: Step,
  exported: ExportStep,
  session: Session,
  context: SqlContext,
): Promise<void> {
  const { run, signal, log, progress } = context
  const { mode, why, plan } = exported
  const isNative = mode === 'native'
  if (why !== null)
    log.info(`statement ${number}: batchquery streams it, because the server cannot export it itself: ${why}`)
  const how = isNative
    ? 'by the server itself'
    : `FORMAT ${plan.format.name} COMPRESSION ${compressionName(plan)}`
  log.info(`statement ${number}: exporting to ${plan.destination.uri}, ${how}`)
  if (context.machines !== undefined && plan.parallel === null)
    log.info(
      `statement ${number}: one session reads it, because it has no PARALLEL of 2 or more, so --tasks starts no machines`,
    )
  const { rowGroupBytes, isShortOfMemory } = plan.format
  if (isShortOfMemory && rowGroupBytes !== null)
    log.info(
      `statement ${number}: memory is low, so row groups may be smaller than ${rowGroupBytes / MIB} MB`,
    )
  const awaited = isNative ? 'the server to write' : 'the first row'
  progress.start(
    () => run.record.progress,
    waitingFor(`statement ${number}: waiting for ${awaited}`, session),
  )
  const published = runExportStep(exported, {
    session,
    readers: readerHost(context),
    ...(context.machines && { machines: context.machines }),
    kept: (uri, planSha256) => run.kept(uri, planSha256),
    runId: run.record.id,
    journal: run.journal,
    progress: (rows, bytes, parts) => run.notes.addProgress({ rows, bytes, parts }),
    signal,
    warn: sentence => run.warn(sentence),
    note: sentence => log.info(`statement ${number}: ${sentence}`),
    warnings: given => {
      for (const { code, message } of given) run.warn(`statement ${number}: ${message} (${code})`)
    },
  })
  const { rows, bytes, parts, uri } = await published.finally(() => progress.stop())
  const count = `${parts.length} part${parts.length === 1 ? '' : 's'}`
  log.info(`statement ${number}: published ${rows} rows, ${bytes} bytes, ${count} at ${uri}`)
}

function readerHost({ database, source, limits, run }: SqlContext): ReaderHost {
  const recorded = (session: ReaderSession) => sessionRecord(database, session)
  return {
    ...{ database, source, limits },
    mark: sessionMark(run.record.id),
    opened: session => run.recordSession(recorded(session)),
    closed: session => run.sessionEnded(recorded(session)),
    ranges: progress => run.notes.rangesRead(progress),
  }
}

/** Says what the runner waits for and how long already and, once the server was asked, what the server does. */
const waitingFor =
  (what: string, session: Session) =>
  (elapsed: string): string =>
    `${what}, ${elapsed}${session.doing === null ? '' : ` (the server: ${visible(session.doing)})`}`

const WIDEST = 60

/** Formats a result as a table for the log. Null becomes NULL; long values are cut. */
function previewTable({ columns, rows, rowCount }: ResultPreview): string {
  const lines = [columns, ...rows].map(row => row.map(value => cell(value)))
  const widths = columns.map((_, at) => Math.max(...lines.map(line => line[at].length)))
  const drawn = lines.map(line =>
    line
      .map((text, at) => text.padEnd(widths[at]))
      .join('  ')
      .trimEnd(),
  )
  drawn.splice(1, 0, widths.map(width => '-'.repeat(width)).join('  '))
  const more = rowCount > rows.length ? [`... ${rowCount - rows.length} more rows`] : []
  return [...drawn, ...more].join('\n')
}

function cell(value: string | null): string {
  if (value === null) return 'NULL'
  const oneLine = value.replace(/[\r\n\t]/g, ' ')
  return oneLine.length > WIDEST ? `${oneLine.slice(0, WIDEST - 1)}…` : oneLine
}
