import { BatchQueryError } from '../errors/index.ts'
import type { ExportRecovery } from '../journal/index.ts'
import { checkRunId, isRunId, type Log } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { Claims, finishWithoutRunner, type RunsHome } from './claims.ts'
import { type EngineLookup, type LaunchState, NO_LAUNCH } from './engine-lookup.ts'
import { type FoundRun, findRun } from './find-run.ts'
import { indexKey } from './index-keys.ts'
import * as keys from './keys.ts'
import { type ListedRun, type ListOptions, listRuns } from './list-runs.ts'
import { checkSameRun, checkSameTask, type NewRun, queuedRecord } from './new-run.ts'
import type { OwnedRun } from './owned-run.ts'
import type { RunIntervals } from './owners-home.ts'
import { toJsonBytes } from './parse-object.ts'
import { type Attempt, readAttempts } from './read-attempt.ts'
import { findRunRecord } from './read-record.ts'
import { type ReapedRun, Reaper, type ReapOptions } from './reap.ts'
import { isFinal, type RunnerRecord, type RunRecord } from './record.ts'
import type { SessionRecovery } from './recorded-sessions.ts'
import { type FollowOptions, RunLogs } from './run-logs.ts'
import { thisRunner } from './runner-process.ts'
import { RunnerWatch } from './runner-watch.ts'
import { type BegunExport, begunExports, type PublishedResults, publishedResults } from './stored-exports.ts'

export interface Submission {
  readonly record: RunRecord
  /** False where the run was there already. */
  readonly created: boolean
}

export interface RunStoreOptions extends Partial<RunIntervals> {
  /** How the exports of dead attempts are settled. Without it no run is taken over. */
  readonly recovery?: ExportRecovery
  /** How what dead attempts left in their databases is ended. @default - it is left there */
  readonly endSessions?: SessionRecovery
  /** Whom to ask for runners that are elsewhere. @default - nobody */
  readonly engines?: EngineLookup
}

const MOST_REPEATS = 100

const INTERVALS: RunIntervals = {
  heartbeatMs: 10_000,
  logFlushMs: 3_000,
  logPollMs: 2_000,
  deadAfterMs: 60_000,
}

/**
 * The runs of a home bucket. Who may write what:
 *
 * - `submit` creates run.json, exclusively.
 * - `claim` creates attempt-NNNN, exclusively; its winner alone writes run.json from then on, until it has died. A
 *   submitter whose engine could not start the run claims it too, and finishes it.
 *
 * Methods that take an id throw USAGE for a text that is none, and RUN_RECORD_INVALID where the record was not
 * written by a batchquery.
 */
export class RunStore {
  readonly #store: Store
  readonly #bucket: string
  readonly #home: RunsHome
  readonly #claims: Claims
  readonly #logs: RunLogs

  /** @param options @default - heartbeat 10 s, log written every 3 s and looked at every 2 s, dead after 60 s */
  constructor(store: Store, bucket: string, options: RunStoreOptions = {}) {
    const { recovery = null, endSessions = async () => [], engines = null, ...intervals } = options
    this.#home = { store, bucket, intervals: { ...INTERVALS, ...intervals }, recovery, endSessions, engines }
    this.#store = store
    this.#bucket = bucket
    this.#claims = new Claims(this.#home)
    const { logPollMs, deadAfterMs } = this.#home.intervals
    this.#logs = new RunLogs(store, bucket, this, logPollMs, deadAfterMs)
  }

  /**
   * Puts a run into the state QUEUED. A run that has the id already is returned as it is.
   *
   * @throws RUN_CONFLICT where the id belongs to another task or other parameters
   */
  async submit(run: NewRun): Promise<Submission> {
    const known = await this.#find(run.id)
    return known === null ? this.#create(run) : existing(known, run)
  }

  /** Whether a run has this id. */
  async has(id: string): Promise<boolean> {
    return (await this.#find(id)) !== null
  }

  /** @throws RUN_NOT_FOUND */
  async read(id: string): Promise<RunRecord> {
    const record = await this.#find(id)
    if (record !== null) return record
    throw new BatchQueryError('RUN_NOT_FOUND', `no run ${id} in s3://${this.#bucket} (${this.#store.name})`, {
      hint: '`batchquery ls` shows the runs.',
    })
  }

  /** The run that a text names: by its id, the beginning of one, or `last`. @throws as `findRun` */
  find(text: string): Promise<FoundRun> {
    return findRun(this.#store, this.#bucket, text)
  }

  /** The ids of the runs that repeat this one, sorted; the first 100. One whose submitter was killed may not exist. */
  async repeatsOf({ id }: RunRecord): Promise<readonly string[]> {
    const prefix = keys.repeatsPrefix(id)
    const ids: string[] = []
    for await (const { key } of this.#store.list(this.#bucket, prefix)) {
      const repeat = key.slice(prefix.length)
      if (isRunId(repeat)) ids.push(repeat)
      if (ids.length === MOST_REPEATS) break
    }
    return ids
  }

  /** The newest first. */
  list(options: ListOptions): AsyncIterable<ListedRun> {
    return listRuns(this.#store, this.#bucket, options)
  }

  /**
   * Takes a run for this process. Where nobody submitted the run it is submitted now. Where an attempt died with it
   * this is the next one, and what the dead one left is recovered when this returns. The timeout and the mode of `run`, where
   * it has them, stand before those of the record.
   *
   * @param log goes into the run's log too from here on
   * @throws RUN_CLAIMED where somebody else has it or it has ended, RUN_CONFLICT where the id belongs to another
   *   task; as `OwnedRun.settle`
   */
  async claim(run: NewRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    const record = (await this.#find(run.id)) ?? (await this.#create(run)).record
    checkSameTask(record, run)
    if (!isFinal(record.state)) {
      const owned =
        (await this.#claims.first(record, runner, log, run.request)) ??
        (await this.#claims.next(run.id, runner, log, run.request))
      if (owned !== null) return owned
    }
    const { state } = await this.read(run.id)
    throw new BatchQueryError('RUN_CLAIMED', `run ${run.id} belongs to another runner (state ${state})`, {
      hint: `\`batchquery show ${run.id}\` shows which.`,
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
   * Whether a run has SUCCEEDED that was asked for in the same way.
   *
   * @throws RUN_CONFLICT if it was asked for in another way
   */
  async hasSucceeded(run: NewRun): Promise<boolean> {
    const record = await this.read(run.id)
    checkSameRun(record, run)
    return record.state === 'SUCCEEDED'
  }

  /**
   * The next attempt of a run that this process owns: its attempt failed, and the task is to begin again. What that attempt left is
   * not recovered yet.
   *
   * @throws RUN_CLAIMED if another runner has taken it; what the store throws: the attempt before it then still owns the run
   */
  retry(run: OwnedRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    return this.#claims.retry(run, runner, log)
  }

  /** Whether the latest attempt of a run is dead; false where the run has ended, and where nobody claimed it yet. */
  async isDead({ id, state }: RunRecord): Promise<boolean> {
    if (isFinal(state) || (await this.#claims.attempts.findDead(checkRunId(id))) === null) return false
    // Its runner may have ended the run, and itself, after the record was read.
    const latest = await this.#find(id)
    return latest === null || !isFinal(latest.state)
  }

  /** What is to be expected of a run that is QUEUED. */
  async launchState(record: RunRecord): Promise<LaunchState> {
    return this.#home.engines?.launchState(record) ?? NO_LAUNCH
  }

  /** What a run published and what exists there now. @throws RUN_RECORD_INVALID */
  publishedResults(record: RunRecord): Promise<PublishedResults> {
    return publishedResults(this.#store, this.#bucket, record)
  }

  /** The exports of a RUNNING run that have begun and are not staged. @throws RUN_RECORD_INVALID */
  begunExports(record: RunRecord): Promise<readonly BegunExport[]> {
    return begunExports(this.#store, this.#bucket, record)
  }

  /**
   * Ends the runs whose attempts are dead, the newest first, as far as they are asked for. What they left is recovered:
   * a run whose last statement is published by that has SUCCEEDED, another one has FAILED, RUNNER_LOST, or is CANCELLED
   * where that was asked for. Runs that live, that nobody claimed yet, or that somebody else takes over at this moment
   * are passed over. Then what ended runs left staged, because the store did not take their last words, is removed.
   * The record of a run that the index says to have ended is not read, and no record is looked for again that was missing.
   */
  reap(runner: RunnerRecord, log: Log, options: ReapOptions): AsyncIterable<ReapedRun> {
    return new Reaper(this.#home, this.#claims, runner, log).reap(options)
  }

  /**
   * Asks the owner of a run to cancel it, which it does within a heartbeat; does nothing where the run has ended.
   *
   * @returns the record as it was
   * @throws RUN_NOT_FOUND
   */
  async requestCancel(id: string): Promise<RunRecord> {
    const record = await this.read(id)
    if (!isFinal(record.state)) await this.#store.create(this.#at(keys.cancelKey(id)), new Uint8Array())
    return record
  }

  /** The logs of all attempts, or of one, as `RunLogs.read`. */
  readLog(id: string, attempt?: number): AsyncIterable<string> {
    return this.#logs.read(id, attempt)
  }

  /** As `RunLogs.follow`. */
  followLog(id: string, options: FollowOptions = {}): AsyncIterable<string> {
    return this.#logs.follow(id, options)
  }

  /** Looks for a runner of one run, which is read again and again. */
  watch(): RunnerWatch {
    return new RunnerWatch(this, this.#home.intervals.deadAfterMs)
  }

  /** The attempts of a run, in order; of very many the latest. @throws RUN_RECORD_INVALID */
  attemptsOf({ id, attempt }: RunRecord): Promise<readonly Attempt[]> {
    return readAttempts(this.#store, this.#bucket, id, attempt)
  }

  /**
   * The index entry comes first: a crash then leaves an entry without a run, which listings pass over, and never
   * a run that no listing shows.
   */
  async #create(run: NewRun): Promise<Submission> {
    const record = queuedRecord(run)
    const indexEntry = this.#at(indexKey(run.createdAt, run.id))
    // The record of a run that has ended does not change any more.
    if (run.repeats !== undefined)
      await this.#store.put(this.#at(keys.repeatKey(run.repeats, run.id)), new Uint8Array())
    await this.#store.put(indexEntry, new Uint8Array())
    if (await this.#store.create(this.#at(keys.recordKey(run.id)), toJsonBytes(record))) {
      return { record, created: true }
    }
    const winner = await this.read(run.id)
    if (winner.createdAt !== record.createdAt) await this.#store.delete(indexEntry)
    return existing(winner, run)
  }

  #at(key: string): ObjectAddress {
    return { bucket: this.#bucket, key }
  }

  #find(id: string): Promise<RunRecord | null> {
    return findRunRecord(this.#store, this.#bucket, checkRunId(id))
  }
}

function existing(record: RunRecord, run: NewRun): Submission {
  checkSameRun(record, run)
  return { record, created: false }
}
