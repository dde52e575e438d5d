import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Engine, Launched, LaunchOptions } from '../engine/index.ts'
import { BatchQueryError, CATALOGUE } from '../errors/index.ts'
import { type Log, packageVersion } from '../platform/index.ts'
import { isFinal, type NewRun, type RunRecord, type RunStore } from '../run/index.ts'
import { tellError } from './tell-error.ts'

const POLL_MS = 500
const CLAIM_POLL_MS = 100
/** A runner that lives writes the record every 10 s; how long to wait before asking the store whether it is dead. */
const ASK_AFTER_MS = 60_000

/** What may end a run while this process waits for it. */
export interface Interruption {
  /** What the runner was asked for, or would have been; null for nothing. */
  readonly asked: 'SIGINT' | 'SIGTERM' | null
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
  readonly options: LaunchOptions
  readonly log: Log
  /** Begins to listen to what may end the run. */
  readonly interruption: () => Interruption
}

/**
 * Submits a run, starts its runner and waits for the end; a detached runner is left to itself once it has claimed the
 * run. A run that has the id already is not started again: its outcome is given, or waited for. Only where its runner
 * died another one is started, as its next attempt.
 *
 * When this returns somebody has told the user how the run ended: the runner, or where there is none, this process.
 *
 * @throws RUN_CONFLICT; RUNNER_LOST where the run was left without an end
 */
export async function executeRun(execution: Execution): Promise<RunRecord> {
  const { run, runs, options, log, interruption } = execution
  const launched = await whileListening(interruption, async signals => {
    const { record, created } = await runs.submit(run)
    return created || (await runs.isDead(record)) ? launchAndWait(record, execution, signals) : null
  })
  if (launched !== null) return launched
  log.info(`run ${run.id} is there already`)
  if (options.detached) return runs.read(run.id)
  const left = await waitForEnd(run.id, runs)
  if (!isFinal(left.state)) {
    log.info(`its runner has not been heard of for long: another one is started`)
    return whileListening(interruption, signals => launchAndWait(left, execution, signals))
  }
  log.info(`run ${left.id} ${left.state}`)
  if (left.error !== null) tellError(left.error, log)
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
  const { prepare, runs, engine, options } = execution
  let exitCode: number | null
  try {
    await prepare()
    if (signals.asked !== null) throw endedBefore(queued.id, signals.asked)
    const runner = await engine.launch(queued, options)
    signals.passOnTo(runner)
    exitCode = await (options.detached ? exitedUnclaimed(runner, queued, runs) : runner.exitCode)
  } catch (error) {
    return endUnclaimed(execution, BatchQueryError.from(error))
  }
  const left = await runs.read(queued.id)
  if (exitCode === null || isFinal(left.state)) return left
  const lost = runnerLost(left, exitCode)
  const error = signals.asked === null ? lost : endedBefore(left.id, signals.asked)
  return endUnclaimed(execution, error, lost)
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
 * Ends a run that no runner has claimed: it is ours.
 *
 * @throws what `claimed` says where a runner has claimed it after all
 */
async function endUnclaimed(
  { run, runs, log }: Execution,
  error: BatchQueryError,
  claimed = error,
): Promise<RunRecord> {
  const us = { host: hostname(), pid: process.pid, version: packageVersion() }
  const owned = await runs.claim(run, us, log).catch(thrown => {
    throw BatchQueryError.from(thrown).code === 'RUN_CLAIMED' ? claimed : thrown
  })
  if (owned.isComplete) return owned.finish(null)
  tellError(error, log)
  return owned.finish(error)
}

/**
 * Looks at the record from time to time, until the run has ended or no runner has it any more.
 *
 * @throws an AbortError when the signal comes
 */
export async function waitForEnd(id: string, runs: RunStore, signal?: AbortSignal): Promise<RunRecord> {
  let record = await runs.read(id)
  let changedAt = performance.now()
  while (!isFinal(record.state)) {
    await setTimeout(POLL_MS, undefined, { signal })
    const { heartbeatAt, state } = record
    record = await runs.read(id)
    if (record.heartbeatAt !== heartbeatAt || record.state !== state) changedAt = performance.now()
    if (performance.now() - changedAt < ASK_AFTER_MS) continue
    // A run that nobody claimed in this time may be started by anybody: one of them will claim it.
    if (record.state === 'QUEUED' || (await runs.isDead(record))) return record
    changedAt = performance.now()
  }
  return record
}

const endedBefore = (id: string, asked: 'SIGINT' | 'SIGTERM'): BatchQueryError =>
  new BatchQueryError(
    asked === 'SIGINT' ? 'CANCELLED' : 'TERMINATED',
    `run ${id} was ended (${asked}) before it began`,
  )

/** A runner that was told to stop and could not come to its end in time is lost, too, but no surprise. */
const runnerLost = ({ id, state }: RunRecord, exitCode: number): BatchQueryError =>
  new BatchQueryError(
    exitCode === CATALOGUE.TERMINATED.exit ? 'TERMINATED' : 'RUNNER_LOST',
    `the runner of run ${id} ended with exit code ${exitCode} and left the run ${state}`,
    {
      hint: `After a minute, run it again with --run-id ${id}, or end it with \`batchquery reap\`.`,
    },
  )
