import { hostname } from 'node:os'
import { loadDriverAhead, openDatabase, openStore, type Settings, withTaskDatabase } from '../config/index.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import { recoveryIn } from '../export/index.ts'
import { type Log, type ProgressLine, packageVersion } from '../platform/index.ts'
import { type OwnedRun, RunStore, receiveParameters } from '../run/index.ts'
import { readDirectives } from '../sql/index.ts'
import type { Store } from '../store/index.ts'
import { fetchTask } from './fetch-task.ts'
import type { RunnerSettings } from './runner-settings.ts'
import { requireRuntime } from './runtime.ts'
import { runSqlTask } from './sql-runtime.ts'
import { Stop } from './stop.ts'

/** What the runner has of its process. */
export interface RunnerProcess {
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly log: Log
  readonly progress: ProgressLine
}

/**
 * The life of one attempt: claim, fetch and pin, run, write down the end.
 *
 * @returns the exit code of the run
 * @throws RUN_CLAIMED, RUN_CONFLICT and the store's errors: the run is then not ours, or cannot be told about
 */
export async function runAttempt(settings: RunnerSettings, runner: RunnerProcess): Promise<number> {
  const { log } = runner
  const store = openStore(settings.store, log)
  const stop = new Stop()
  try {
    const run = await claim(settings, store, log)
    stop.watch(run.cancelled)
    stop.limit(run.record.request.timeoutSeconds)
    if (run.isComplete) log.info('an earlier attempt published the last result: nothing is left to do')
    const failure = run.isComplete
      ? null
      : await execute(run, store, stop, settings, runner).then(() => null, BatchQueryError.from)
    if (failure !== null) tell(failure, log)
    const record = await run.finish(failure)
    log.info(`run ${record.id} ${record.state}`)
    return failure?.exitCode ?? 0
  } finally {
    stop.dispose()
  }
}

function tell(failure: BatchQueryError, log: Log): void {
  log.error(failure.message)
  if (failure.hint !== null) log.info(`hint: ${failure.hint}`)
  log.debug(describeCauses(failure))
}

function claim(settings: RunnerSettings, store: Store, log: Log): Promise<OwnedRun> {
  const { runId, bucket, key, args, homeBucket } = settings
  const submission = {
    id: runId,
    task: { bucket, key },
    args,
    params: {},
    request: { database: null, timeoutSeconds: null, pin: null },
    engine: { name: 'local' },
    createdAt: new Date(),
  }
  const runner = { host: hostname(), pid: process.pid, version: packageVersion() }
  return new RunStore(store, homeBucket, { recovery: recoveryIn(store) }).claim(submission, runner, log)
}

async function execute(
  run: OwnedRun,
  store: Store,
  stop: Stop,
  settings: RunnerSettings,
  { environment, folder, log, progress }: RunnerProcess,
): Promise<void> {
  const { id, task } = run.record
  log.info(`run ${id}: s3://${task.bucket}/${task.key}`)
  // While the store answers. A task that names another database is the exception.
  loadDriverAhead(settings.configured.database)
  const { pinned, text } = await fetchTask(store, run.record)
  await run.start(pinned)
  requireRuntime(task.key)
  const url = databaseOfTask(text, settings.configured)
  const database = await openDatabase(url, environment, folder)
  await runSqlTask(text, {
    run,
    database,
    places: { store, folder },
    signal: stop.signal,
    limit: seconds => stop.limit(seconds),
    given: receiveParameters(run.record, environment),
    log,
    progress,
  })
}

/** The task's own database, where nobody chose another one. */
function databaseOfTask(text: string, configured: Settings): string {
  const { dialect } = parseDatabaseUrl(configured.database)
  return withTaskDatabase(configured, readDirectives(text, dialect).database).database
}

/** For -v: the error and what caused it, with their stacks. */
function describeCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${describeCauses(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
