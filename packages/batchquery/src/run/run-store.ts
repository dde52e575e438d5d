import { setTimeout } from 'node:timers/promises'

import { BatchQueryError } from '../errors/index.ts'
import { checkRunId, type Log } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import * as keys from './keys.ts'
import { type ListedRun, type ListOptions, listRuns } from './list-runs.ts'
import { LogReader } from './log-reader.ts'
import { checkSameRun, checkSameTask, type NewRun, queuedRecord } from './new-run.ts'
import { toJsonBytes } from './owned-record.ts'
import { OwnedRun, type RunIntervals } from './owned-run.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type RunnerRecord, type RunRecord } from './record.ts'

export interface Submission {
  readonly record: RunRecord
  /** False where the run was there already. */
  readonly created: boolean
}

const INTERVALS: RunIntervals = { heartbeatMs: 10_000, logFlushMs: 3_000, logPollMs: 2_000 }

/**
 * The runs of a home bucket. Who may write what:
 *
 * - `submit` creates run.json, exclusively.
 * - `claim` creates attempt-NNNN, exclusively; its winner alone writes run.json from then on. A submitter whose
 *   engine could not start the run claims it too, and finishes it.
 *
 * Methods that take an id throw USAGE for a text that is none, and RUN_RECORD_INVALID where the record was not
 * written by a batchquery.
 */
export class RunStore {
  readonly #store: Store
  readonly #bucket: string
  readonly #intervals: RunIntervals

  /** @param intervals @default - heartbeat 10 s, log written every 3 s and looked at every 2 s */
  constructor(store: Store, bucket: string, intervals: Partial<RunIntervals> = {}) {
    this.#store = store
    this.#bucket = bucket
    this.#intervals = { ...INTERVALS, ...intervals }
  }

  /**
   * Puts a run into the state QUEUED. A run that has the id already is returned as it is.
   *
   * The index entry comes first: a crash then leaves an entry without a run, which listings pass over, and never
   * a run that no listing shows.
   *
   * @throws RUN_CONFLICT where the id belongs to another task or other parameters
   */
  async submit(run: NewRun): Promise<Submission> {
    const known = await this.#find(run.id)
    if (known !== null) return existing(known, run)
    const record = queuedRecord(run)
    const indexEntry = this.#at(keys.indexKey(run.createdAt, run.id))
    await this.#store.put(indexEntry, new Uint8Array())
    if (await this.#store.create(this.#at(keys.recordKey(run.id)), toJsonBytes(record))) {
      return { record, created: true }
    }
    const winner = await this.read(run.id)
    if (winner.createdAt !== record.createdAt) await this.#store.delete(indexEntry)
    return existing(winner, run)
  }

  /** @throws RUN_NOT_FOUND */
  async read(id: string): Promise<RunRecord> {
    const record = await this.#find(id)
    if (record !== null) return record
    throw new BatchQueryError('RUN_NOT_FOUND', `no run ${id} in s3://${this.#bucket} (${this.#store.name})`, {
      hint: '`batchquery ls` shows the runs.',
    })
  }

  /** The newest first. */
  list(options: ListOptions): AsyncIterable<ListedRun> {
    return listRuns(this.#store, this.#bucket, options)
  }

  /**
   * Takes a run for this process, as its first attempt. Where nobody submitted the run it is submitted now.
   *
   * @param log goes into the run's log too from here on
   * @throws RUN_CLAIMED where somebody else has it, RUN_CONFLICT where the id belongs to another task
   */
  async claim(run: NewRun, runner: RunnerRecord, log: Log): Promise<OwnedRun> {
    const record = (await this.#find(run.id)) ?? (await this.submit(run)).record
    checkSameTask(record, run)
    const attempt = 1
    const claim = toJsonBytes({ ...runner, claimedAt: new Date().toISOString() })
    if (!(await this.#store.create(this.#at(keys.attemptKey(run.id, attempt)), claim))) {
      throw new BatchQueryError(
        'RUN_CLAIMED',
        `run ${run.id} belongs to another runner (state ${record.state})`,
        {
          hint: `\`batchquery show ${run.id}\` shows which.`,
        },
      )
    }
    const claimed: RunRecord = { ...record, attempt, runner, log: keys.logKey(run.id, attempt) }
    return new OwnedRun(this.#store, this.#bucket, claimed, log, this.#intervals)
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

  /** The log of the latest attempt as far as it is written. @throws RUN_NOT_FOUND */
  async *readLog(id: string): AsyncIterable<string> {
    const { attempt } = await this.read(id)
    yield* this.#logReader(id, attempt).added()
  }

  /** The logs of this attempt and of later ones, until the run has ended or the signal comes. @throws RUN_NOT_FOUND */
  async *followLog(id: string, signal?: AbortSignal): AsyncIterable<string> {
    let record = await this.read(id)
    let attempt = record.attempt
    let reader = this.#logReader(id, attempt)
    for (;;) {
      // The record was read before the log: a log is complete when the record says that the run has ended.
      yield* reader.added()
      if (record.attempt !== attempt) {
        attempt = record.attempt
        reader = this.#logReader(id, attempt)
        continue
      }
      if (isFinal(record.state)) return
      // Rejects for the signal only.
      await setTimeout(this.#intervals.logPollMs, undefined, { signal }).catch(() => {})
      if (signal?.aborted) return
      record = await this.read(id)
    }
  }

  #at(key: string): ObjectAddress {
    return { bucket: this.#bucket, key }
  }

  #logReader(id: string, attempt: number): LogReader {
    return new LogReader(this.#store, this.#at(keys.logKey(id, attempt)))
  }

  #find(id: string): Promise<RunRecord | null> {
    return findRunRecord(this.#store, this.#bucket, checkRunId(id))
  }
}

function existing(record: RunRecord, run: NewRun): Submission {
  checkSameRun(record, run)
  return { record, created: false }
}
