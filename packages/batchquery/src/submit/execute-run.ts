import { setTimeout } from 'node:timers/promises'
import type { Engine, Launched, LaunchOptions } from '../engine/index.ts'
import { BatchQueryError, CATALOGUE } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { isFinal, type NewRun, type RunRecord, type RunStore, thisRunner } from '../run/index.ts'

const POLL_MS = 500
const CLAIM_POLL_MS = 100

/** What may end a run while this process waits for it. */
export interface Interruption {
  /** What the runner was asked for, or would have been; null for nothing. */
  readonly asked: 'SIGINT' | 'SIGTERM' | null
  /** Aborted when something is asked for. */
  readonly signal: AbortSignal
  /** The runner has started: it hears what was asked, and what is asked from now on. */
  passOnTo(runner: Launched): void
  dispose(): void
}

/** What a run is executed with. */
export interface Execution {
  readonly run: NewRun
  /** Puts the task into the store where it is not there yet; called before a runner is started. */
  readonly prepare: () => Promise<void>
  readonly runs: RunStore
  readonly engine: Engine
  readonly options: Omit<LaunchOptions, 'signal'>
  readonly log: Log
  /** Begins to listen to what may end the run. */
  readonly interruption: () => Interruption
}

/**
 * Submits a run, starts its runner and waits for the end; a detached runner is left to itself once it has claimed the
 * run, or where that is elsewhere, once it will surely start. A run that has the id already is not started again: its
 * outcome is given, or waited for. Only where its runner died another one is started, as its next attempt.
 *
 * When this returns somebody has told the user how the run ended: the runner, or where there is none, this process.
 *
 * @throws RUN_CONFLICT; RUNNER_LOST where the run was left without an end
 */
export async function executeRun(execution: Execution): Promise<RunRecord> {
  const { run, runs, engine, options, log, interruption } = execution
  const launched = await whileListening(interruption, async signals => {
    const { record, created } = await runs.submit(run)
    if (!created) tellKnown(record, log)
    const isOurs = created || isFollowed(record, engine) || (await runs.isDead(record))
    return isOurs ? launchAndWait(record, execution, signals) : null
  })
  if (launched !== null) return launched
  tellUnheeded(run, await runs.read(run.id), log)
  if (options.detached) return runs.read(run.id)
  const left = await waitForEnd(run.id, runs)
  if (!isFinal(left.state)) {
    log.info('its runner is dead: another one is started')
    return whileListening(interruption, signals => launchAndWait(left, execution, signals))
  }
  tellEnd(left, log)
  return left
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

async function launchAndWait(
  queued: RunRecord,
  execution: Execution,
  signals: Interruption,
): Promise<RunRecord> {
  const { runs, engine, options, log } = execution
  let runner: Launched
  try {
    runner = await launch(queued, execution, signals)
  } catch (thrown) {
    // While it waited for room somebody else has ended the run.
    const left = await runs.read(queued.id)
    if (isFinal(left.state)) {
      tellEnd(left, log)
      return left
    }
    const error = signals.asked === null ? thrown : endedBefore(queued.id, signals.asked)
    return endUnclaimed(execution, BatchQueryError.from(error))
  }
  const isDetachedElsewhere = options.detached && engine.isRemote
  if (isDetachedElsewhere && signals.asked === null) return runs.read(queued.id)
  signals.passOnTo(runner)
  const isDetachedHere = options.detached && !engine.isRemote
  const exitCode = await (isDetachedHere ? exitedUnclaimed(runner, queued, runs) : runner.exitCode)
  const left = await runs.read(queued.id)
  if (exitCode === null) return left
  for (const line of (await runner.summary?.()) ?? []) log.info(line)
  if (isFinal(left.state)) return left
  const explained = await runner.explain?.(left)
  const lost = explained?.error ?? runnerLost(left, exitCode, continueHint(left.id))
  // This machine knows that its runner is dead. The user decides about what it left: the next attempt, or the end.
  if (!engine.isRemote && left.attempt > queued.attempt) throw lost
  const end = explained?.error ?? runnerLost(left, exitCode, rerunHint(left.id))
  const error = signals.asked === null ? end : endedBefore(left.id, signals.asked)
  try {
    return await endUnclaimed(execution, error, lost, explained?.lastLines)
  } catch (thrown) {
    // Others may have seen it, too, and were faster: `cancel`, `reap`, or who runs it again.
    return engine.isRemote && thrown === lost
      ? endedElsewhere(left.id, execution, lost)
      : Promise.reject(thrown)
  }
}

/** @throws what was lost, where nobody ends the run */
async function endedElsewhere(
  id: string,
  { runs, log }: Execution,
  lost: BatchQueryError,
): Promise<RunRecord> {
  const left = await waitForEnd(id, runs)
  if (!isFinal(left.state)) throw lost
  tellEnd(left, log)
  return left
}

/** What is stored may have happened long ago. */
const endText = ({ state, endedAt }: RunRecord): string =>
  endedAt === null ? state : `${state} at ${endedAt}`

/** An id is run once. The user may have wanted its task to run once more. */
function tellKnown(record: RunRecord, log: Log): void {
  const { id, state } = record
  log.info(`run ${id} is there already${isFinal(state) ? `: ${endText(record)}` : ''}`)
  if (isFinal(state)) log.info(`\`batchquery rerun ${id}\` starts a new run of its task`)
}

/** Who comes to a run that goes on cannot give it another timeout. */
function tellUnheeded(
  { request: { timeoutSeconds: asked } }: NewRun,
  { id, state, request }: RunRecord,
  log: Log,
): void {
  const { timeoutSeconds } = request
  if (asked === null || asked === timeoutSeconds || isFinal(state)) return
  const own = timeoutSeconds === null ? 'was started without one' : `has one of ${timeoutSeconds} s`
  log.warn(`a timeout of ${asked} s is not heeded: run ${id} goes on, and ${own}`)
}

function tellEnd(record: RunRecord, log: Log): void {
  const { id, error } = record
  log.info(`run ${id} ${endText(record)}`)
  if (error !== null) log.failure(error)
}

/** A run whose runner is elsewhere, and to be found by asking its engine for it again. */
const isFollowed = ({ state, engine: { name } }: RunRecord, engine: Engine): boolean =>
  engine.isRemote && name === engine.name && !isFinal(state)

async function launch(
  queued: RunRecord,
  { prepare, engine, options }: Execution,
  signals: Interruption,
): Promise<Launched> {
  await prepare()
  signals.signal.throwIfAborted()
  return engine.launch(queued, { ...options, signal: signals.signal })
}

/** The exit code of a runner that ended without the run, null once it has the run. */
async function exitedUnclaimed(
  runner: Launched,
  { id, attempt }: RunRecord,
  runs: RunStore,
): Promise<number | null> {
  for (;;) {
    const exitCode = await Promise.race([runner.exitCode, setTimeout(CLAIM_POLL_MS, null)])
    if (exitCode !== null || (await runs.read(id)).attempt > attempt) return exitCode
  }
}

/**
 * Ends a run that no runner has claimed, or that has none any more, as its engine knows: it is ours.
 *
 * @param lastLines what a runner wrote last
 * @throws what `claimed` says where a runner has claimed it after all
 */
async function endUnclaimed(
  { run, runs, log }: Execution,
  error: BatchQueryError,
  claimed = error,
  lastLines: readonly string[] = [],
): Promise<RunRecord> {
  const us = await thisRunner(true)
  const owned = await runs.claim(run, us, log).catch(thrown => {
    throw BatchQueryError.from(thrown).code === 'RUN_CLAIMED' ? claimed : thrown
  })
  if (owned.recovered.isComplete) return owned.finish(null)
  if (lastLines.length > 0) log.info(`the last lines of its log:\n${lastLines.join('\n')}`)
  const isCancelled = error.code !== 'CANCELLED' && (await owned.isCancelRequested())
  const end = isCancelled ? cancelledBefore(run.id, error) : error
  log.failure(end)
  return owned.finish(end)
}

const cancelledBefore = (id: string, cause: BatchQueryError): BatchQueryError =>
  new BatchQueryError('CANCELLED', `run ${id} was cancelled on request`, { cause })

/**
 * Looks at the record from time to time, until the run has ended or no runner has it any more.
 *
 * @throws an AbortError when the signal comes
 */
export async function waitForEnd(id: string, runs: RunStore, signal?: AbortSignal): Promise<RunRecord> {
  const watch = runs.watch()
  for (;;) {
    const record = await runs.read(id)
    if (isFinal(record.state) || (await watch.isDead(record))) return record
    await setTimeout(POLL_MS, undefined, { signal })
  }
}

const endedBefore = (id: string, asked: 'SIGINT' | 'SIGTERM'): BatchQueryError =>
  new BatchQueryError(
    asked === 'SIGINT' ? 'CANCELLED' : 'TERMINATED',
    `run ${id} was ended (${asked}) before it began`,
  )

/** A runner that was told to stop and could not come to its end in time is lost, too, but no surprise. */
const runnerLost = ({ id, state }: RunRecord, exitCode: number, hint: string): BatchQueryError =>
  new BatchQueryError(
    exitCode === CATALOGUE.TERMINATED.exit ? 'TERMINATED' : 'RUNNER_LOST',
    `the runner of run ${id} ended with exit code ${exitCode} and left the run ${state}`,
    { hint },
  )

/** The run has not ended. */
const continueHint = (id: string): string =>
  `Run it again with --run-id ${id}, or end it with \`batchquery reap\`: on this machine at once, elsewhere after a minute.`

/** The run ends with this error. */
const rerunHint = (id: string): string => `Start a new run: \`batchquery rerun ${id}\`.`
