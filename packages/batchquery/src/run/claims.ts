import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery } from '../journal/index.ts'
import { isRunId, type Log } from '../platform/index.ts'
import { namesFiles, type Store } from '../store/index.ts'
import { Attempts } from './attempts.ts'
import type { EngineLookup } from './engine-lookup.ts'
import { logPrefix } from './keys.ts'
import { OwnedRun } from './owned-run.ts'
import type { Notifier, RunIntervals, StopMachines } from './owners-home.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type RunnerRecord, type RunRecord } from './record.ts'
import type { SessionRecovery } from './recorded-sessions.ts'
import { cancelledOnRequest } from './run-end.ts'
import { isHere } from './runner-process.ts'
import { migrated } from './version-1.ts'

/** An attempt that this process has claimed, and the record as it read it after that. */
interface Taken {
  readonly attempt: number
  readonly record: RunRecord | null
}

/** The request of an attempt's submitter. It overrides the request in the record. */
export type Asked = Partial<Pick<RunRecord['request'], 'timeoutSeconds' | 'mode' | 'exclusive' | 'retries'>>

function asking(record: RunRecord, { timeoutSeconds = null, mode, exclusive, retries }: Asked): RunRecord {
  const { request } = record
  const asked = {
    timeoutSeconds: timeoutSeconds ?? request.timeoutSeconds,
    ...(mode !== undefined && { mode }),
    ...(exclusive !== undefined && { exclusive }),
    ...(retries !== undefined && { retries }),
  }
  return { ...record, request: { ...request, ...asked } }
}

/** A home bucket, and how to recover its dead runs. */
export interface RunsHome {
  readonly store: Store
  readonly bucket: string
  readonly intervals: RunIntervals
  /** Null if no run can be taken over. */
  readonly recovery: ExportRecovery | null
  readonly endSessions: SessionRecovery
  /** Null if no engine can look up its runners. */
  readonly engines: EngineLookup | null
  /** Null if nothing is sent when a run ends. */
  readonly notifier: Notifier | null
  /** Null if this process cannot stop executions. */
  readonly stopMachines: StopMachines | null
}

/** A dead run that was recovered and ended. */
export interface EndedRun {
  readonly record: RunRecord
  readonly recovered: OwnedRun['recovered']
}

/** Claims runs for this process: their first attempt, or the next one after a dead attempt. */
export class Claims {
  readonly attempts: Attempts
  readonly #home: RunsHome

  constructor(home: RunsHome) {
    this.attempts = new Attempts(home.store, home.bucket, home.intervals.deadAfterMs, home.engines)
    this.#home = home
  }

  /** Null if the run has an attempt already. */
  async first(
    record: RunRecord,
    runner: RunnerRecord,
    log: Log,
    asked: Asked = {},
  ): Promise<OwnedRun | null> {
    const isTaken = await this.attempts.take(record.id, 1, runner)
    return isTaken ? this.#own(asking(record, asked), 1, runner, log) : null
  }

  /**
   * Claims the next attempt of a dead run and recovers it. Null if the run is not dead, if it has ended, or if another process
   * claims the attempt.
   *
   * @throws as `OwnedRun.recover`; the run is still dead then
   */
  async next(id: string, runner: RunnerRecord, log: Log, asked: Asked = {}): Promise<OwnedRun | null> {
    const taken = await this.#takeNext(id, runner)
    const record = taken?.record && asking(taken.record, asked)
    return taken === null ? null : this.#takenAndRecovered({ ...taken, record: record ?? null }, runner, log)
  }

  /** See `RunStore.retry`. The new attempt gets the record from memory, because no other process has written it. */
  async retry(run: OwnedRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    const { id, attempt } = run.record
    // The heartbeat would take the next attempt for another runner's.
    await run.pause()
    const isTaken = await this.attempts.take(id, attempt + 1, runner).catch(async thrown => {
      await run.resume()
      throw thrown
    })
    if (!isTaken) {
      await run.resume()
      run.lost.throwIfAborted()
      throw new BatchQueryError(
        'RUN_CLAIMED',
        `attempt ${attempt + 1} of run ${id} belongs to another runner`,
        {
          hint: `Run \`batchquery show ${id}\` to see which.`,
        },
      )
    }
    await run.leave()
    return this.#own(run.record, attempt + 1, runner, log)
  }

  /** As `next`, but ends the run instead of running its task again. */
  async end(id: string, runner: RunnerRecord, log: Log): Promise<EndedRun | null> {
    const taken = await this.#takeNext(id, runner)
    const run = taken === null ? null : await this.#takenAndRecovered(taken, runner, log)
    return run === null
      ? null
      : { record: await this.#finishDead(run, taken?.record ?? null), recovered: run.recovered }
  }

  /**
   * Recovers a run that is dead, has ended, or does not exist any more; returns false if it lives. If two processes call this at
   * the same time, both need the run's next attempt and only one gets it.
   */
  async #recoverHolder(id: string, runner: RunnerRecord, log: Log): Promise<boolean> {
    const taken = isRunId(id) ? await this.#takeNext(id, runner) : null
    if (taken === null) return false
    const run = await this.#takenAndRecovered(taken, runner, log)
    if (run !== null) await this.#finishDead(run, taken.record)
    return true
  }

  /** @param before the record that the dead attempt left */
  async #finishDead(run: OwnedRun, before: RunRecord | null): Promise<RunRecord> {
    const { id, attempt } = run.record
    return finishWithoutRunner(
      run,
      async () => (before && (await this.#home.engines?.explainLoss(before))) ?? runnerDied(id, attempt - 1),
    )
  }

  async #takeNext(id: string, runner: RunnerRecord): Promise<Taken | null> {
    const { store, bucket, recovery } = this.#home
    if (recovery === null) return null
    const dead = await this.attempts.findDead(id)
    if (dead === null) return null
    this.#refuseFilesElsewhere(await findRunRecord(store, bucket, id))
    const attempt = dead + 1
    if (!(await this.attempts.take(id, attempt, runner))) return null
    // From now on no other process writes it.
    return { attempt, record: await findRunRecord(store, bucket, id) }
  }

  async #takenAndRecovered(
    { attempt, record }: Taken,
    runner: RunnerRecord,
    log: Log,
  ): Promise<OwnedRun | null> {
    const { store, bucket, recovery, endSessions } = this.#home
    if (recovery === null || record === null || isFinal(record.state)) return null
    const current = record.version === 1 ? await migrated(store, bucket, record) : record
    const run = this.#own(current, attempt, runner, log)
    log.info(`run ${record.id}: attempt ${attempt - 1} is dead, attempt ${attempt} takes over`)
    try {
      await run.recover(recovery, endSessions)
      return run
    } catch (error) {
      await run.leave()
      throw error
    }
  }

  #own(record: RunRecord, attempt: number, runner: RunnerRecord, log: Log): OwnedRun {
    const claimed: RunRecord = { ...record, version: 2, attempt, runner, log: logPrefix(record.id, attempt) }
    const { store, bucket, intervals, notifier, stopMachines } = this.#home
    const recoverHolder = (id: string) => this.#recoverHolder(id, runner, log)
    return new OwnedRun(
      { store, bucket, intervals, notifier, stopMachines, attempts: this.attempts, recoverHolder },
      claimed,
      log,
    )
  }

  /** A store that machines share may contain runs whose destinations are files on one of them. */
  #refuseFilesElsewhere(record: RunRecord | null): void {
    if (record === null || record.runner === null || !this.#home.store.capabilities.isShared) return
    const { id, runner, exports } = record
    const leftover = exports.find(({ state, uri }) => /^(STAGED|COMMITTING)$/.test(state) && namesFiles(uri))
    if (leftover === undefined || isHere(runner)) return
    throw new BatchQueryError('RUN_CLAIMED', `run ${id} left files of ${leftover.uri} on ${runner.host}`, {
      hint: `Run it on ${runner.host} with its id, or use \`batchquery reap\` there.`,
    })
  }
}

/**
 * Writes the end of a run that this process claimed only to end it: no runner had it, or its runner is dead. It is SUCCEEDED if the
 * recovery published the last result, CANCELLED if a cancel was requested, otherwise FAILED.
 *
 * @param explain returns why no runner ends the run; not called for a run that SUCCEEDED
 * @param report called with the error before the log of the run ends
 */
export async function finishWithoutRunner(
  run: OwnedRun,
  explain: () => BatchQueryError | Promise<BatchQueryError>,
  report: (error: BatchQueryError) => void = () => {},
): Promise<RunRecord> {
  if (run.recovered.isComplete) return run.finish(null)
  const failure = await explain()
  const isCancelled = failure.code !== 'CANCELLED' && (await run.isCancelRequested())
  const error = isCancelled ? cancelledOnRequest(run.record.id, failure) : failure
  report(error)
  return run.finish(error)
}

const runnerDied = (id: string, attempt: number): BatchQueryError =>
  new BatchQueryError(
    'RUNNER_LOST',
    `the runner of run ${id} (attempt ${attempt}) died before it ended the run`,
    {
      hint: `Start a new run: \`batchquery rerun ${id}\`.`,
    },
  )
