import { setTimeout } from 'node:timers/promises'
import { BatchQueryError } from '../errors/index.ts'
import type { Store } from '../store/store.ts'
import {
  logPrefix,
  logSegmentKey,
  logsPrefix,
  parseLogSegmentKey,
  parseSingleLogKey,
  runPrefix,
  singleLogKey,
} from './keys.ts'
import { LogReader } from './log-reader.ts'
import { OpenLog } from './open-log.ts'
import { isFinal, type RunRecord } from './record.ts'
import { deadRunError, type RunnerSource, RunnerWatch } from './runner-watch.ts'
import { SingleLogReader } from './single-log-reader.ts'
import { WorkerLogs } from './worker-logs.ts'

export interface FollowOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal
  /** Follows only this attempt. @default - all attempts */
  readonly attempt?: number | undefined
  /** The caller watches the runner itself: begins with the latest attempt, and does not check that a runner lives. */
  readonly isWatched?: boolean
}

interface RecordSource extends RunnerSource {
  read(id: string): Promise<RunRecord>
}

/** The logs of the attempts of a run, one after the other. */
export class RunLogs {
  readonly #store: Store
  readonly #bucket: string
  readonly #runs: RecordSource
  readonly #pollMs: number
  readonly #patienceMs: number

  constructor(store: Store, bucket: string, runs: RecordSource, pollMs: number, patienceMs: number) {
    this.#store = store
    this.#bucket = bucket
    this.#runs = runs
    this.#pollMs = pollMs
    this.#patienceMs = patienceMs
  }

  /** Yields the logs written so far. @throws RUN_NOT_FOUND; USAGE if there is no such attempt */
  async *read(id: string, attempt?: number): AsyncIterable<string> {
    const record = await this.#runs.read(id)
    checkAttempt(record, attempt)
    const isTitled = attempt === undefined && record.attempt > 1
    const attempts = attempt === undefined ? await this.#written(id, record.attempt) : [attempt]
    for (const at of attempts) yield* this.#logOf(id, at).added(isTitled)
  }

  /** The logs of the workers of a run. @param worker null for all */
  workers(id: string, worker: number | null): WorkerLogs {
    return new WorkerLogs(this.#store, this.#bucket, id, worker)
  }

  /**
   * Opens the log of an attempt for reads at any position.
   *
   * @param attempt null for the latest one that has a log
   * @throws USAGE if there is no such attempt
   */
  async open(record: RunRecord, attempt: number | null): Promise<OpenLog> {
    checkAttempt(record, attempt ?? undefined)
    const attempts = await this.#written(record.id, record.attempt)
    const chosen = attempt ?? attempts.at(-1) ?? record.attempt
    return OpenLog.open(this.#store, this.#bucket, { id: record.id, attempt: chosen, attempts })
  }

  /**
   * Yields the logs while they grow, those of workers with their names, until the run or the requested attempt ends, or the signal aborts.
   *
   * @throws RUN_NOT_FOUND; USAGE if there is no such attempt; RUNNER_LOST if the runner is dead; the engine's error if no runner
   *   could start
   */
  async *follow(id: string, { signal, attempt, isWatched = false }: FollowOptions): AsyncIterable<string> {
    let record = await this.#runs.read(id)
    checkAttempt(record, attempt)
    const watch = new RunnerWatch(this.#runs, this.#patienceMs)
    // Only that engine has workers on other machines, and each look is a request.
    const workers = record.engine.name === 'fargate' ? this.workers(id, null) : null
    // A run without a claim has attempt 0, which has no log.
    let at = attempt ?? (isWatched ? record.attempt : await this.#next(record, 0))
    for (;;) {
      const log = this.#logOf(id, at)
      for (;;) {
        // The record was read before the log. If it says that the run has ended, the log is complete.
        yield* log.added(attempt === undefined && record.attempt > 1)
        if (workers !== null) yield* workers.added()
        if (record.attempt > at) break
        if (isFinal(record.state)) return
        if (!isWatched && (await watch.isDead(record))) throw await deadRunError(record, this.#runs)
        // Rejects only if the signal aborts.
        await setTimeout(this.#pollMs, undefined, { signal }).catch(() => {})
        if (signal?.aborted) return
        record = await this.#runs.read(id)
      }
      if (attempt !== undefined) return
      at = await this.#next(record, at)
    }
  }

  /** The next attempt that has a log, or the latest attempt, which may get one. */
  async #next({ id, attempt: latest }: RunRecord, after: number): Promise<number> {
    const written = await this.#written(id, latest)
    return written.find(attempt => attempt > after) ?? latest
  }

  /** The attempts with a log, in order. */
  async #written(id: string, latest: number): Promise<readonly number[]> {
    const attempts = new Set<number>()
    for await (const { key } of this.#store.list(this.#bucket, `${runPrefix(id)}log-`)) {
      const attempt = parseSingleLogKey(id, key)
      if (attempt !== null) attempts.add(attempt)
    }
    for await (const attempt of this.#withSegments(id)) attempts.add(attempt)
    return [...attempts].filter(attempt => attempt <= latest).sort((one, other) => one - other)
  }

  /** Lists one segment of each attempt, because a log may have thousands. */
  async *#withSegments(id: string): AsyncIterable<number> {
    let after = ''
    for (;;) {
      const attempt = await this.#firstAfter(id, after)
      if (attempt === null) return
      yield attempt
      // `~` sorts after the digits of a segment.
      after = `${logPrefix(id, attempt)}~`
    }
  }

  async #firstAfter(id: string, after: string): Promise<number | null> {
    for await (const { key } of this.#store.list(this.#bucket, logsPrefix(id), after)) {
      const found = parseLogSegmentKey(id, key)
      if (found !== null) return found.attempt
    }
    return null
  }

  #logOf(id: string, attempt: number): AttemptLog {
    return new AttemptLog(this.#store, this.#bucket, id, attempt)
  }
}

/** Reads the log of one attempt, piece by piece. */
class AttemptLog {
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string
  readonly #attempt: number
  #reader: LogReader | SingleLogReader | null = null
  #hasBegun = false

  constructor(store: Store, bucket: string, id: string, attempt: number) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
    this.#attempt = attempt
  }

  /** Yields the text added since the last call. @param isTitled whether a first line names the attempt */
  async *added(isTitled: boolean): AsyncIterable<string> {
    this.#reader ??= await this.#find()
    for await (const piece of this.#reader?.added() ?? []) {
      if (isTitled && !this.#hasBegun) yield `(attempt ${this.#attempt})\n`
      this.#hasBegun = true
      yield piece
    }
  }

  /** Chooses the reader by the version of the runner, which shows in the keys. Null if the log has not begun. */
  async #find(): Promise<LogReader | SingleLogReader | null> {
    const isThere = async (key: string) => (await this.#store.head({ bucket: this.#bucket, key })) !== null
    if (await isThere(logSegmentKey(this.#id, this.#attempt, 1)))
      return new LogReader(this.#store, this.#bucket, this.#id, this.#attempt)
    const key = singleLogKey(this.#id, this.#attempt)
    return (await isThere(key)) ? new SingleLogReader(this.#store, { bucket: this.#bucket, key }) : null
  }
}

function checkAttempt({ id, attempt: latest }: RunRecord, attempt: number | undefined): void {
  if (attempt === undefined || attempt <= latest) return
  throw new BatchQueryError('USAGE', `run ${id} has no attempt ${attempt}: ${countOf(latest)}`, {
    hint: `Run \`batchquery show ${id}\` to see its attempts.`,
  })
}

const countOf = (latest: number): string =>
  latest === 0 ? 'no runner has claimed it yet' : `the latest is attempt ${latest}`
