import { setTimeout } from 'node:timers/promises'
import type { Engine, StartedRunner, StartOptions } from '../engine/index.ts'
import { BatchQueryError, CATALOGUE } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { isFinal, type NewRun, type RunRecord, type RunStore, waitForEnd } from '../run/index.ts'

const CLAIM_POLL_MS = 100

/** The part of a runner that a signal handler uses. */
export type SignaledRunner = Pick<StartedRunner, 'isElsewhere' | 'signal' | 'kill' | 'exitCode'>

/** Signals to this process that end a run while the process waits for it. */
export interface Interruption {
  /** The signal that the runner got, or would get if there was one; null for none. */
  readonly requested: 'SIGINT' | 'SIGTERM' | null
  /** Aborted when `requested` is set. */
  readonly signal: AbortSignal
  /** Called when the runner has started: it gets the requested signal, and later ones. */
  passOnTo(runner: SignaledRunner): void
  dispose(): void
}

/** A run, and the means to execute it. */
export interface Execution {
  readonly run: NewRun
  /** Uploads the task if it goes with the run. Called before a runner is started. */
  readonly prepare: () => Promise<void>
  readonly runs: RunStore
  readonly engine: Engine
  readonly options: Omit<StartOptions, 'signal'>
  readonly log: Log
  /** Begins to listen to signals. */
  readonly interruption: () => Interruption
}

/**
 * Submits a run, starts its runner and waits for its end. For a detached run it waits only until the runner has claimed the run or,
 * elsewhere, until the launch has succeeded. If a run with the id exists, it starts no runner: it waits for that run's end. Only if the
 * runner of that run is dead, it starts another one, for the next attempt.
 *
 * When it returns, the user has seen how the run ended: from the runner, or from this process if there was no runner.
 *
 * @throws RUN_CONFLICT; RUNNER_LOST if the runner died and the run has not ended
 */
export async function executeRun(execution: Execution): Promise<RunRecord> {
  const { run, runs, engine, options, log, interruption } = execution
  const started = await whileListening(interruption, async signals => {
    const { record, created } = await runs.submit(run)
    if (!created) logExisting(record, log)
    const isOurs = created || isFollowed(record, engine) || (await runs.isDead(record))
    return isOurs ? startAndWait(record, execution, signals) : null
  })
  if (started !== null) return started
  warnOfTimeout(run, await runs.read(run.id), log)
  if (options.detached) return runs.read(run.id)
  const record = await waitForEnd(run.id, runs)
  if (!isFinal(record.state)) {
    log.info('its runner is dead; starting another one')
    return whileListening(interruption, signals => startAndWait(record, execution, signals))
  }
  logEnd(record, log)
  return record
}

async function whileListening<T>(
  interruption: () => Interruption,
  operation: (signals: Interruption) => Promise<T>,
): Promise<T> {
  const signals = interruption()
  try {
    return await operation(signals)
  } finally {
    signals.dispose()
  }
}

async function startAndWait(
  queued: RunRecord,
  execution: Execution,
  signals: Interruption,
): Promise<RunRecord> {
  const { runs, engine, options, log } = execution
  let runner: StartedRunner
  try {
    runner = await start(queued, execution, signals)
  } catch (thrown) {
    // Another process may have ended the run while this one waited for capacity.
    const record = await runs.read(queued.id)
    if (isFinal(record.state)) {
      logEnd(record, log)
      return record
    }
    const error = signals.requested === null ? thrown : endedBefore(queued.id, signals.requested)
    return endUnclaimed(execution, BatchQueryError.from(error))
  }
  const isDetachedElsewhere = options.detached && engine.isRemote
  if (isDetachedElsewhere && signals.requested === null) return runs.read(queued.id)
  signals.passOnTo(runner)
  const isDetachedHere = options.detached && !engine.isRemote
  const exitCode = await (isDetachedHere ? exitedUnclaimed(runner, queued, runs) : runner.exitCode)
  const record = await runs.read(queued.id)
  if (exitCode === null) return record
  for (const line of (await runner.summary?.()) ?? []) log.info(line)
  if (isFinal(record.state)) return record
  const explained = await runner.explain?.(record)
  const lost = explained?.error ?? runnerLost(record, exitCode, continueHint(record.id))
  // This machine knows that its runner is dead. The user decides about the run: another attempt, or the end.
  if (!engine.isRemote && record.attempt > queued.attempt) throw lost
  const end = explained?.error ?? runnerLost(record, exitCode, rerunHint(record.id))
  const error = signals.requested === null ? end : endedBefore(record.id, signals.requested)
  try {
    return await endUnclaimed(execution, error, lost, explained?.lastLines)
  } catch (thrown) {
    // Another process may have claimed it first: \`cancel\`, \`reap\`, or the same command with its id.
    return engine.isRemote && thrown === lost
      ? endedElsewhere(record.id, execution, lost)
      : Promise.reject(thrown)
  }
}

/** @throws the error `lost` if no process ends the run */
async function endedElsewhere(
  id: string,
  { runs, log }: Execution,
  lost: BatchQueryError,
): Promise<RunRecord> {
  const record = await waitForEnd(id, runs)
  if (!isFinal(record.state)) throw lost
  logEnd(record, log)
  return record
}

/** With the time: a stored end may be old. */
const endText = ({ state, endedAt }: RunRecord): string =>
  endedAt === null ? state : `${state} at ${endedAt}`

/** A run with this id exists. The hint is for a user who wanted the task to run once more. */
function logExisting(record: RunRecord, log: Log): void {
  const { id, state } = record
  log.info(`run ${id} already exists${isFinal(state) ? `: ${endText(record)}` : ''}`)
  if (isFinal(state)) log.info(`to start a new run of its task, use \`batchquery rerun ${id}\``)
}

/** The timeout of a run that has started cannot change. */
function warnOfTimeout(
  { request: { timeoutSeconds: requested } }: NewRun,
  { id, state, request }: RunRecord,
  log: Log,
): void {
  const { timeoutSeconds } = request
  if (requested === null || requested === timeoutSeconds || isFinal(state)) return
  const own = timeoutSeconds === null ? 'has no timeout' : `has a timeout of ${timeoutSeconds} s`
  log.warn(`the timeout of ${requested} s does not apply: run ${id} continues, and ${own}`)
}

function logEnd(record: RunRecord, log: Log): void {
  const { id, error } = record
  log.info(`run ${id} ${endText(record)}`)
  if (error !== null) log.failure(error)
}

/** Whether `Engine.start` finds the runner of the run, because it lives elsewhere. */
const isFollowed = ({ state, engine: { name } }: RunRecord, engine: Engine): boolean =>
  engine.isRemote && name === engine.name && !isFinal(state)

async function start(
  queued: RunRecord,
  { prepare, engine, options }: Execution,
  signals: Interruption,
): Promise<StartedRunner> {
  await prepare()
  signals.signal.throwIfAborted()
  return engine.start(queued, { ...options, signal: signals.signal })
}

/** Returns the exit code of a runner that ended before it claimed the run; null once the run is claimed. */
async function exitedUnclaimed(
  runner: StartedRunner,
  { id, attempt }: RunRecord,
  runs: RunStore,
): Promise<number | null> {
  for (;;) {
    const exitCode = await Promise.race([runner.exitCode, setTimeout(CLAIM_POLL_MS, null)])
    if (exitCode !== null || (await runs.read(id)).attempt > attempt) return exitCode
  }
}

/**
 * Ends a run that no runner has claimed, or whose runner is dead, as its engine knows.
 *
 * @param lastLines of the runner
 * @throws `claimed` if a runner has claimed the run after all
 */
async function endUnclaimed(
  { run, runs, log }: Execution,
  error: BatchQueryError,
  claimed = error,
  lastLines: readonly string[] = [],
): Promise<RunRecord> {
  try {
    return await runs.endWithoutRunner(run, error, log, end => {
      if (lastLines.length > 0) log.info(`the last lines of its log:\n${lastLines.join('\n')}`)
      log.failure(end)
    })
  } catch (thrown) {
    throw BatchQueryError.from(thrown).code === 'RUN_CLAIMED' ? claimed : thrown
  }
}

const endedBefore = (id: string, requested: 'SIGINT' | 'SIGTERM'): BatchQueryError =>
  new BatchQueryError(
    requested === 'SIGINT' ? 'CANCELLED' : 'TERMINATED',
    `run ${id} ended before it began, because this command received ${requested}`,
  )

/** A runner that got SIGTERM and could not end the run in time is lost, too. */
const runnerLost = ({ id, state }: RunRecord, exitCode: number, hint: string): BatchQueryError =>
  new BatchQueryError(
    exitCode === CATALOGUE.TERMINATED.exit ? 'TERMINATED' : 'RUNNER_LOST',
    `the runner of run ${id} ended with exit code ${exitCode} and left the run ${state}`,
    { hint },
  )

/** For a run that has not ended. */
const continueHint = (id: string): string =>
  `Run it again with --run-id ${id}, or end it with \`batchquery reap\`. On another machine, wait a minute first.`

/** For a run that ends with this error. */
const rerunHint = (id: string): string => `Start a new run: \`batchquery rerun ${id}\`.`
