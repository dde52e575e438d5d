import {
  endLeftoverSessions,
  loadDriverAhead,
  openDatabase,
  type SourceLimits,
  withTaskDatabase,
} from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import { recoveryIn } from '../export/index.ts'
import { notifierOf } from '../notify/notifier.ts'
import { type Log, type ProgressLine, unlessAborted } from '../platform/index.ts'
import {
  cancelledOnRequest,
  checkReferences,
  type EngineLookup,
  isSqlTask,
  NO_LAUNCH,
  type OwnedRun,
  type RunIntervals,
  type RunnerRecord,
  RunStore,
  receiveParameters,
  refuseSqlArguments,
  runtimeOf,
  type SessionRecovery,
  type TaskSource,
  thisRunner,
} from '../run/index.ts'
import { readSecrets } from '../statements/read-secrets.ts'
import { decodeTask, TaskText } from '../statements/task-text.ts'
import { openStore, type Store } from '../store/index.ts'
import type { OwnEcsTask } from './ecs-metadata.ts'
import { fetchTask } from './fetch-task.ts'
import { HomeSettings } from './home-settings.ts'
import { type MachineContext, machineHost, machineStop, readFanOut } from './machines.ts'
import { type Pauses, withRetries } from './retries.ts'
import type { RunnerSettings } from './runner-settings.ts'
import { ScriptExit } from './script/script-exit.ts'
import { runSqlTask, type SqlContext } from './sql-runtime.ts'
import { Stop } from './stop.ts'

/** The environment of the runner. Tests replace parts of it. */
export interface RunnerProcess {
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly log: Log
  readonly progress: ProgressLine
  /** Opens the configured store. @default - the one of `config` */
  readonly openStore?: typeof openStore
  /** Opens a database. @default - the one of `config` */
  readonly openDatabase?: typeof openDatabase
  /** @default - those of `RunStore` */
  readonly intervals?: Partial<RunIntervals>
  /** The pauses between attempts. @default - those of `withRetries` */
  readonly pauses?: Pauses
  /** How long the end may take after SIGTERM. @default - as in `Stop` */
  readonly graceMs?: number
}

/**
 * Makes an attempt of a run: claims it, fetches and pins the task, executes it, and records the end. If the run has retries, it makes
 * further attempts too.
 *
 * @returns the exit code of the run
 * @throws RUN_CLAIMED, RUN_CONFLICT if another process owns the run; the store's errors if nothing can be recorded
 */
export async function runAttempt(settings: RunnerSettings, runner: RunnerProcess): Promise<number> {
  const { log } = runner
  const store = (runner.openStore ?? openStore)(settings.store, log)
  const home = new HomeSettings(settings, store, runner)
  const stop = new Stop(() => log.error(overdue(settings.runId)), runner.graceMs)
  try {
    const claimed = await claim(settings, store, home, runner)
    if (claimed === null) return 0
    const { runs, us, first } = claimed
    stop.limit(first.record.request.timeoutSeconds)
    const recovery = recoveryIn(store)
    const endSessions = sessionRecovery(settings, home, runner)
    const last = await withRetries(first, {
      signal: stop.signal,
      log,
      ...(runner.pauses && { pauses: runner.pauses }),
      begin: async run => {
        stop.watch(run.cancelled)
        stop.watch(run.lost)
        if (run !== first) await run.recover(recovery, endSessions)
        if (run.recovered.isComplete)
          log.info('an earlier attempt published the last result, so this attempt has nothing to do')
        else await execute(run, store, home, stop, settings, runner)
      },
      recover: run => run.recoverOwn(recovery, endSessions),
      next: run => runs.retry(run, us, log),
    })
    const { run } = last
    const failure = last.failure && (await ended(run, last.failure))
    if (failure !== null) {
      log.failure(failure)
      log.debug(describeCauses(failure))
    }
    // The log contains the output of the script; the record is read without the log, so it gets the last lines.
    const end = failure instanceof ScriptExit ? failure.withLastLines() : failure
    const record = await run.finish(end, stop.signal)
    log.info(`run ${record.id} ${record.state}`)
    return failure?.exitCode ?? 0
  } finally {
    stop.dispose()
  }
}

/** A user who cancels a run may also end its runner. The run was then cancelled. */
async function ended(run: OwnedRun, failure: BatchQueryError): Promise<BatchQueryError> {
  const isCancelled = failure.code === 'TERMINATED' && (await run.isCancelRequested().catch(() => false))
  return isCancelled ? cancelledOnRequest(run.record.id, failure) : failure
}

const overdue = (id: string): string =>
  `the runner was asked to stop, but ending run ${id} takes too long, so the runner leaves it unfinished. ` +
  'Run it again with its id, or end it with `batchquery reap`. On another machine, wait a minute first.'

/** A run that this process owns, and the parts that a further attempt needs. */
interface Claimed {
  readonly runs: RunStore
  readonly us: RunnerRecord
  readonly first: OwnedRun
}

/** Null if the run has SUCCEEDED before and BATCHQUERY_REPEAT accepts that. */
async function claim(
  settings: RunnerSettings,
  store: Store,
  home: HomeSettings,
  runner: RunnerProcess,
): Promise<Claimed | null> {
  const { runId, bucket, key, args, params, homeBucket, ecsTask, isEphemeral } = settings
  const { timeoutSeconds, mode, exclusive, retries } = settings
  const submission = {
    id: runId,
    task: { bucket, key },
    args,
    params,
    request: {
      ...{ database: null, timeoutSeconds, pin: null },
      ...(mode !== null && { mode }),
      ...(exclusive && { exclusive }),
      ...(retries !== null && { retries }),
    },
    engine: { name: ecsTask !== null ? 'fargate' : isEphemeral ? 'container' : 'local' },
    createdAt: new Date(),
  }
  const { intervals, log } = runner
  const recoveries = { recovery: recoveryIn(store), endSessions: sessionRecovery(settings, home, runner) }
  const engines = engineLookup(settings)
  const notifier = notifierOf(settings.configured.notifications, runner)
  const runs = new RunStore(store, homeBucket, {
    ...{ ...recoveries, notifier, ...(engines && { engines }) },
    stopMachines: machineStop(readFanOut(runner.environment)),
    ...intervals,
  })
  const process = await thisRunner()
  const us = ecsTask === null ? process : { ...process, ...ecsRunner(ecsTask) }
  try {
    return { runs, us, first: await runs.claim(submission, us, log) }
  } catch (thrown) {
    const isOver = settings.isRepeatOk && BatchQueryError.from(thrown).code === 'RUN_CLAIMED'
    if (!isOver || !(await runs.hasSucceeded(submission))) throw thrown
    log.info(`run ${runId} has already SUCCEEDED, so this start does nothing (BATCHQUERY_REPEAT=ok)`)
    return null
  }
}

const ecsRunner = ({ arn, size }: OwnEcsTask): Pick<RunnerRecord, 'ecsTask' | 'ecsSize'> => ({
  ecsTask: arn,
  ...(size && { ecsSize: size }),
})

/** The runner has no right to ask ECS. The process that started it knows whether an earlier ECS task has ended. */
function engineLookup({ endedTask }: RunnerSettings): EngineLookup | null {
  if (endedTask === null) return null
  return {
    runnerState: async ({ ecsTask }) => (ecsTask === endedTask ? 'ended' : 'unknown'),
    launchState: async () => NO_LAUNCH,
    explainLoss: async () => null,
  }
}

function sessionRecovery(
  { configured }: RunnerSettings,
  home: HomeSettings,
  { environment, folder, openDatabase: open }: RunnerProcess,
): SessionRecovery {
  return async record => {
    // If the settings of the home bucket cannot be read, the leftover session may still be at a known database.
    const settings = await home.read().catch(() => configured)
    return endLeftoverSessions(record, { settings, environment, folder, ...(open && { open }) })
  }
}

async function execute(
  run: OwnedRun,
  store: Store,
  home: HomeSettings,
  stop: Stop,
  settings: RunnerSettings,
  runner: RunnerProcess,
): Promise<void> {
  const { log } = runner
  const { id, task } = run.record
  const { signal } = stop
  log.info(`run ${id}: ${store.uriOf(task)}`)
  // Meanwhile the store sends the task. Few tasks name another database. A failure is reported below.
  const ahead = isSqlTask(task.key) ? loadDriverAhead : () => {}
  const reading = home.read()
  reading.then(({ database }) => ahead(database)).catch(() => {})
  const source = await unlessAborted(signal, () => fetchTask(store, run.record))
  await unlessAborted(signal, () => run.start(source))
  // After the start, because the heartbeat runs now: the recovery of a dead run may take long.
  const { turnOf } = settings
  if (turnOf !== null) await unlessAborted(signal, () => run.takeTurn(turnOf))
  const runtime = runtimeOf(task.key, source)
  const configured = await unlessAborted(signal, () => reading)
  if (runtime.kind === 'sql') {
    const complete = { ...settings, configured }
    return executeSql(source, run, { store, home, stop }, complete, runner)
  }
  const { homeBucket } = settings
  const { folder, progress } = runner
  const environment = await unlessAborted(signal, async () =>
    readSecrets(run.record, await home.environment(), log, signal),
  )
  const { runScript } = await import('./script/run-script.ts')
  await runScript(source, runtime, {
    run,
    environment,
    folder,
    homeBucket,
    store: settings.store,
    taskUri: store.uriOf(task),
    isEphemeral: settings.isEphemeral,
    database: configured.database,
    signal,
    recover: joined => joined.recover(recoveryIn(store), sessionRecovery(settings, home, runner)),
    log,
    progress,
  })
}

async function executeSql(
  source: TaskSource,
  run: OwnedRun,
  { store, home, stop }: { readonly store: Store; readonly home: HomeSettings; readonly stop: Stop },
  settings: RunnerSettings,
  runner: RunnerProcess,
): Promise<void> {
  const { folder, log, progress } = runner
  const { signal } = stop
  const { task, args } = run.record
  refuseSqlArguments(task.key, args)
  const { configured } = settings
  const urlOf = (named: string | null): string =>
    withTaskDatabase(configured, named, runner.environment).database
  const text = TaskText.read(decodeTask(source, store.uriOf(task)), urlOf).checked()
  await run.refuseOpenSecrets(text.isSecret)
  checkReferences(run.record, text.isSecret)
  const environment = await unlessAborted(signal, () =>
    readSecrets(run.record, runner.environment, log, signal),
  )
  const url = urlOf(text.directives.database)
  const database = await (runner.openDatabase ?? openDatabase)(url, environment, folder)
  const fanOut = readFanOut(runner.environment)
  const machines = fanOut && (await machineHost(fanOut, machineContext(run, settings, home, runner)))
  await runSqlTask(text, {
    run,
    database,
    // The files of an ECS task do not outlive it.
    places: { store, folder: settings.isEphemeral ? null : folder },
    source: { url, environment, folder, store: settings.store, files: settings.isEphemeral ? null : folder },
    limits: readerLimits(configured.limits),
    ...(machines !== null && { machines }),
    signal,
    limit: seconds => stop.limit(seconds),
    given: receiveParameters(run.record, environment),
    log,
    progress,
  })
}

const machineContext = (
  run: OwnedRun,
  settings: RunnerSettings,
  home: HomeSettings,
  runner: RunnerProcess,
): MachineContext => ({
  ...{ run, bucket: settings.homeBucket, log: runner.log, intervals: runner.intervals },
  endSessions: sessionRecovery(settings, home, runner),
})

const readerLimits = ({ maxSessions, warnHistory, warnSnapshot }: SourceLimits): SqlContext['limits'] => ({
  maxSessions,
  warnAbove: {
    ...(warnHistory !== null && { history: warnHistory }),
    ...(warnSnapshot !== null && { age: warnSnapshot }),
  },
})

/** The error and its causes with their stacks, for -v. */
function describeCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${describeCauses(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
