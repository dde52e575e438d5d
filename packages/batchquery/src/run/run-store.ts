import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery } from '../journal/index.ts'
import { checkRunId, type Log } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { Claims, finishWithoutRunner, type RunsHome } from './claims.ts'
import { type DescribedRun, describeRun, type ShownRun } from './described-run.ts'
import { type EngineLookup, type LaunchState, NO_LAUNCH } from './engine-lookup.ts'
import { type FoundRun, findRun } from './find-run.ts'
import { type IndexEntry, indexKey } from './index-keys.ts'
import { type IndexedRun, listIndex } from './index-listing.ts'
import * as keys from './keys.ts'
import { type ListedRun, type ListOptions, listRuns } from './list-runs.ts'
import { checkSameRun, checkSameTask, type NewRun, queuedRecord } from './new-run.ts'
import type { OpenLog } from './open-log.ts'
import type { OwnedRun } from './owned-run.ts'
import type { Notifier, RunIntervals, StopMachines } from './owners-home.ts'
import { toJsonBytes } from './parse-object.ts'
import { findRunRecord } from './read-record.ts'
import { type ReapedRun, Reaper, type ReapOptions } from './reap.ts'
import { isFinal, type RunnerRecord, type RunRecord } from './record.ts'
import type { SessionRecovery } from './recorded-sessions.ts'
import { type FollowOptions, RunLogs } from './run-logs.ts'
import { thisRunner } from './runner-process.ts'
import { RunnerWatch } from './runner-watch.ts'
import { type PlannedReads, type PublishedResults, plannedReads, publishedResults } from './stored-exports.ts'

export interface Submission {
  readonly record: RunRecord
  /** False if the run existed already. */
  readonly created: boolean
}

export interface RunStoreOptions extends Partial<RunIntervals> {
  /** Recovers the exports of dead attempts. Without it no run can be taken over. */
  readonly recovery?: ExportRecovery
  /** Ends the sessions that dead attempts left in their databases. @default - they stay there */
  readonly endSessions?: SessionRecovery
  /** Looks up runners on other machines. @default - none: only silence shows that such a runner is dead */
  readonly engines?: EngineLookup
  /** Sends the ends of the runs that this process ends. @default - nothing is sent */
  readonly notifier?: Notifier | null
  /** Stops the executions that dead attempts left. @default - their machines end by themselves */
  readonly stopMachines?: StopMachines | null
}

export const INTERVALS: RunIntervals = {
  heartbeatMs: 10_000,
  logFlushMs: 3_000,
  logPollMs: 2_000,
  deadAfterMs: 60_000,
}

/**
 * The runs of a home bucket. These processes may write:
 *
 * - `submit` creates run.json exclusively.
 * - `claim` creates attempt-NNNN exclusively. From then on only its winner writes run.json, until it dies. A submitter whose
 *   engine could not start the run also claims it, and finishes it.
 *
 * Methods that take an id throw USAGE if the text cannot be an id, and RUN_RECORD_INVALID if another program than batchquery
 * wrote the record.
 */
export class RunStore {
  readonly #store: Store
  readonly #bucket: string
  readonly #home: RunsHome
  readonly #claims: Claims
  readonly #logs: RunLogs

  /** @param options @default - heartbeat every 10 s, log written every 3 s and polled every 2 s, dead after 60 s */
  constructor(store: Store, bucket: string, options: RunStoreOptions = {}) {
    const {
      recovery = null,
      endSessions = async () => [],
      engines = null,
      notifier = null,
      stopMachines = null,
      ...intervals
    } = options
    this.#home = {
      ...{ store, bucket, recovery, endSessions, engines, notifier, stopMachines },
      intervals: { ...INTERVALS, ...intervals },
    }
    this.#store = store
    this.#bucket = bucket
    this.#claims = new Claims(this.#home)
    const { logPollMs, deadAfterMs } = this.#home.intervals
    this.#logs = new RunLogs(store, bucket, this, logPollMs, deadAfterMs)
  }

  /**
   * Creates a run in the state QUEUED. If a run with this id exists already, returns it unchanged.
   *
   * @throws RUN_CONFLICT if the id belongs to another task or has other parameters
   */
  async submit(run: NewRun): Promise<Submission> {
    const known = await this.#find(run.id)
    return known === null ? this.#create(run) : existing(known, run, this.#store)
  }

  /** Whether a run has this id. */
  async has(id: string): Promise<boolean> {
    return (await this.#find(id)) !== null
  }

  /** @throws RUN_NOT_FOUND */
  async read(id: string): Promise<RunRecord> {
    const record = await this.#find(id)
    if (record !== null) return record
    throw new BatchQueryError(
      'RUN_NOT_FOUND',
      `no run ${id} in ${this.#store.uriOf({ bucket: this.#bucket })} (${this.#store.name})`,
      {
        hint: 'List the runs with `batchquery ls`.',
      },
    )
  }

  /** Finds a run by its id, by the beginning of its id, or by `last`. @throws as `findRun` */
  find(text: string): Promise<FoundRun> {
    return findRun(this.#store, this.#bucket, text)
  }

  /** The runs as the index has them, the newest first. Reads no record. @param after only runs that come after this one */
  index(after: IndexEntry | null): AsyncIterable<IndexedRun> {
    return listIndex(this.#store, this.#bucket, after)
  }

  /** The newest first. */
  list(options: ListOptions): AsyncIterable<ListedRun> {
    return listRuns(this.#store, this.#bucket, options)
  }

  /**
   * Claims a run for this process, and submits it first if it does not exist. If its latest attempt is dead, claims the next
   * attempt and recovers what the dead one left. The requests in `run` override those in the record.
   *
   * @param log is also written to the run's log from now on
   * @throws RUN_CLAIMED if another runner owns the run or the run has ended, RUN_CONFLICT if the id belongs to another task;
   *   as `OwnedRun.recover`
   */
  async claim(run: NewRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    const record = (await this.#find(run.id)) ?? (await this.#create(run)).record
    checkSameTask(record, run, this.#store)
    if (!isFinal(record.state)) {
      const owned =
        (await this.#claims.first(record, runner, log, run.request)) ??
        (await this.#claims.next(run.id, runner, log, run.request))
      if (owned !== null) return owned
    }
    const { state } = await this.read(run.id)
    throw new BatchQueryError('RUN_CLAIMED', `run ${run.id} belongs to another runner (state ${state})`, {
      hint: `Run \`batchquery show ${run.id}\` to see which.`,
    })
  }

  /**
   * Ends a run that no runner has: this process claims it, as `claim` does, and writes its end.
   *
   * @param error why no runner ends the run; see `finishWithoutRunner`
   * @param report called with the error of the run before its log ends
   * @throws as `claim`
   */
  async endWithoutRunner(
    run: NewRun,
    error: BatchQueryError,
    log: Log,
    report?: (error: BatchQueryError) => void,
  ): Promise<RunRecord> {
    const owned = await this.claim(run, await thisRunner(true), log)
    return finishWithoutRunner(owned, () => error, report)
  }

  /**
   * Whether the run exists with the same request and has SUCCEEDED.
   *
   * @throws RUN_CONFLICT if its request differs
   */
  async hasSucceeded(run: NewRun): Promise<boolean> {
    const record = await this.read(run.id)
    checkSameRun(record, run, this.#store)
    return record.state === 'SUCCEEDED'
  }

  /**
   * Claims the next attempt of a run that this process owns, because its attempt failed and the task starts again. Does not
   * recover what that attempt left.
   *
   * @throws RUN_CLAIMED if another runner claimed it; the store's errors: the earlier attempt still owns the run then
   */
  retry(run: OwnedRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    return this.#claims.retry(run, runner, log)
  }

  /** Whether the latest attempt of a run is dead. False if the run has ended, and if no runner has claimed it yet. */
  async isDead({ id, state }: RunRecord): Promise<boolean> {
    if (isFinal(state) || (await this.#claims.attempts.findDead(checkRunId(id))) === null) return false
    // Its runner may have ended the run and exited after the record was read.
    const latest = await this.#find(id)
    return latest === null || !isFinal(latest.state)
  }

  /** Reports whether a launch may still start a runner for a QUEUED run, or why it will not. */
  async launchState(record: RunRecord): Promise<LaunchState> {
    return this.#home.engines?.launchState(record) ?? NO_LAUNCH
  }

  /** The results that a run published. @throws RUN_RECORD_INVALID */
  publishedResults(record: RunRecord): Promise<PublishedResults> {
    return publishedResults(this.#store, this.#bucket, record)
  }

  /** See `plannedReads`. */
  plannedReads(record: RunRecord, most: number): Promise<readonly PlannedReads[]> {
    return plannedReads(this.#store, this.#bucket, record, most)
  }

  /** See `describeRun`. */
  describe(run: ShownRun, withColumns = true): Promise<DescribedRun> {
    return describeRun(run, this.#store, this.#bucket, withColumns)
  }

  /** Whether a cancel of the run was requested. */
  async isCancelRequested(id: string): Promise<boolean> {
    return (await this.#store.head(this.#at(keys.cancelKey(checkRunId(id))))) !== null
  }

  /**
   * Recovers and ends the dead runs, the newest first. A run has SUCCEEDED if recovery published its last statement. Otherwise
   * it is CANCELLED if a cancel was requested, or FAILED with RUNNER_LOST. Skips runs that live, that no runner has claimed
   * yet, or that another process takes over at the same time. Then removes what ended runs left staged because they lost the
   * store. Reads no record of a run whose end is in the index, and looks for a missing record only once.
   */
  reap(runner: RunnerRecord, log: Log, options: ReapOptions): AsyncIterable<ReapedRun> {
    return new Reaper(this.#home, this.#claims, runner, log).reap(options)
  }

  /** As `reap`, for one run. Null if there is nothing to do for it. @throws RUN_NOT_FOUND */
  async reapOne(id: string, runner: RunnerRecord, log: Log, dryRun: boolean): Promise<ReapedRun | null> {
    return new Reaper(this.#home, this.#claims, runner, log).reapOne(await this.read(id), dryRun)
  }

  /**
   * Requests that the owner of a run cancel it, which takes up to one heartbeat. Does nothing if the run has ended.
   *
   * @returns the record before that
   * @throws RUN_NOT_FOUND
   */
  async requestCancel(id: string): Promise<RunRecord> {
    const record = await this.read(id)
    if (!isFinal(record.state)) await this.#store.create(this.#at(keys.cancelKey(id)), new Uint8Array())
    return record
  }

  /** The logs of all attempts or of one: see `RunLogs.read`. */
  readLog(id: string, attempt?: number): AsyncIterable<string> {
    return this.#logs.read(id, attempt)
  }

  /** The log of a worker of a run so far. Empty if there is none. */
  readWorkerLog(id: string, worker: number): AsyncIterable<string> {
    return this.#logs.workers(id, worker).added()
  }

  /** A log for reads at any position: see `RunLogs.open`. */
  openLog(record: RunRecord, attempt: number | null): Promise<OpenLog> {
    return this.#logs.open(record, attempt)
  }

  /** See `RunLogs.follow`. */
  followLog(id: string, options: FollowOptions = {}): AsyncIterable<string> {
    return this.#logs.follow(id, options)
  }

  /** For a caller that reads one run again and again: reports whether it still has a runner. */
  watch(): RunnerWatch {
    return new RunnerWatch(this, this.#home.intervals.deadAfterMs)
  }

  /**
   * Writes the index entry first. So a crash can leave an entry without a run, which listings skip, but never a run that no
   * listing shows.
   */
  async #create(run: NewRun): Promise<Submission> {
    const record = queuedRecord(run)
    const indexEntry = this.#at(indexKey(run.createdAt, run.id))
    // The record of the repeated run has ended and cannot change, so a separate object leads from it to this run.
    if (run.repeats !== undefined)
      await this.#store.put(this.#at(keys.repeatKey(run.repeats, run.id)), new Uint8Array())
    await this.#store.put(indexEntry, new Uint8Array())
    if (await this.#store.create(this.#at(keys.recordKey(run.id)), toJsonBytes(record))) {
      return { record, created: true }
    }
    const winner = await this.read(run.id)
    if (winner.createdAt !== record.createdAt) await this.#store.delete(indexEntry)
    return existing(winner, run, this.#store)
  }

  #at(key: string): ObjectAddress {
    return { bucket: this.#bucket, key }
  }

  #find(id: string): Promise<RunRecord | null> {
    return findRunRecord(this.#store, this.#bucket, checkRunId(id))
  }
}

function existing(record: RunRecord, run: NewRun, store: Store): Submission {
  checkSameRun(record, run, store)
  return { record, created: false }
}
