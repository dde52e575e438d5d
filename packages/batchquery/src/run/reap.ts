import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import { CheckedRuns } from './checked-runs.ts'
import { type Claims, finishWithoutRunner, type RunsHome } from './claims.ts'
import type { StoredExport } from './export-objects.ts'
import { isRun } from './list-runs.ts'
import { findRunRecord } from './read-record.ts'
import { isFinal, type RunnerRecord, type RunRecord, type RunState } from './record.ts'
import { findLeftoverStaging, findMarked, removeStaging } from './remove-staging.ts'
import { readEach, storedExports } from './stored-exports.ts'

export interface ReapOptions {
  /** Only runs created at this time or later. @default - all */
  readonly since?: Date
  /** Finds the dead runs and leaves them alone. */
  readonly dryRun: boolean
}

/** A dead run and what `reap` did about it; in a dry run, what it would do. */
export interface ReapedRun {
  readonly id: string
  /** The state of the run now. */
  readonly state: RunState
  /** URIs of the exports whose publication it completed. */
  readonly completed: readonly string[]
  /** URIs of the exports that it aborted: their staged objects are removed. */
  readonly aborted: readonly string[]
  /** Why it could not end the run; the next `reap` tries again. */
  readonly error: BatchQueryError | null
}

/** Ends the dead runs of a home bucket. If one run fails, it continues with the others. */
export class Reaper {
  readonly #home: RunsHome
  readonly #claims: Claims
  readonly #runner: RunnerRecord
  readonly #log: Log

  constructor(home: RunsHome, claims: Claims, runner: RunnerRecord, log: Log) {
    this.#home = home
    this.#claims = claims
    this.#runner = runner
    this.#log = log
  }

  /** As `reap` for one run. Null if there is nothing to do for it. */
  async reapOne(record: RunRecord, dryRun: boolean): Promise<ReapedRun | null> {
    return this.#failuresAsResult(record, () => {
      if (isFinal(record.state)) return this.#removeStaging(record, dryRun)
      return dryRun ? this.#expect(record) : this.#end(record)
    })
  }

  /** Yields each run at most once, except a run for which the second pass removes more. */
  async *reap({ since, dryRun }: ReapOptions): AsyncIterable<ReapedRun> {
    const { store, bucket } = this.#home
    const reported = new Map<string, ReapedRun>()
    for await (const reaped of this.#reapDead(since, dryRun)) {
      reported.set(reaped.id, reaped)
      yield reaped
    }
    for (const id of await findMarked(store, bucket)) {
      const record = await this.#findEnded(id)
      const reaped =
        record && (await this.#failuresAsResult(record, () => this.#removeStaging(record, dryRun)))
      if (reaped !== null && !isReported(reaped, reported.get(id))) yield reaped
    }
    // Also removes what processes left that died before they created a run.
    if (!dryRun) await store.tidy(bucket)
  }

  async *#reapDead(since: Date | undefined, dryRun: boolean): AsyncIterable<ReapedRun> {
    const checked = new CheckedRuns(this.#home.store, this.#home.bucket)
    for await (const run of checked.list(since)) {
      const { record } = run
      if (!isRun(run)) {
        if (!dryRun) await this.#remember(() => checked.isGone(run))
      } else if (record === null) {
        // Its record cannot be read. A user may restore it.
      } else if (isFinal(record.state)) {
        if (!dryRun) await this.#remember(() => checked.hasEnded(record))
      } else {
        const reaped = await this.#failuresAsResult(record, () =>
          dryRun ? this.#expect(record) : this.#end(record),
        )
        if (reaped !== null) yield reaped
      }
    }
    await this.#remember(() => checked.write())
  }

  /** Only logs a failure: the next call then reads more, with the same result. */
  async #remember(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (thrown) {
      this.#log.debug(`the next reap will read more than necessary: ${BatchQueryError.from(thrown).message}`)
    }
  }

  async #failuresAsResult(
    record: RunRecord,
    work: () => Promise<ReapedRun | null>,
  ): Promise<ReapedRun | null> {
    try {
      return await work()
    } catch (thrown) {
      return { ...unchanged(record), error: BatchQueryError.from(thrown) }
    }
  }

  async #end(before: RunRecord): Promise<ReapedRun | null> {
    const failure = await this.#failureToStart(before)
    const unstarted = failure === null ? null : await this.#endUnstarted(before, failure)
    if (unstarted !== null) return unstarted
    const ended = await this.#claims.end(before.id, this.#runner, this.#log)
    if (ended === null) return null
    const { completed, aborted } = ended.recovered
    return { ...unchanged(ended.record), completed, aborted }
  }

  async #expect(record: RunRecord): Promise<ReapedRun | null> {
    const { store, bucket } = this.#home
    const { id } = record
    if ((await this.#failureToStart(record)) !== null) return unchanged(record)
    if ((await this.#claims.attempts.findDead(id)) === null) return null
    const exports = await storedExports(store, bucket, record)
    const begun = await readEach(exports, stored => stored.begun())
    const urisOf = (wanted: StoredExport['state']) =>
      begun.flatMap(({ uri }, at) => (exports[at].state === wanted ? uri : []))
    const completed = [...new Set(urisOf('COMMITTING'))]
    const kept = new Set([...completed, ...urisOf('PUBLISHED')])
    const aborted = new Set([...urisOf('STAGED'), ...(await this.#leftoverUris(id, exports))])
    return { ...unchanged(record), completed, aborted: [...aborted].filter(uri => !kept.has(uri)) }
  }

  /** Why the engine could not start a runner; null if one may come, and if that is unknown. */
  async #failureToStart(record: RunRecord): Promise<BatchQueryError | null> {
    if (record.state !== 'QUEUED') return null
    return (await this.#home.engines?.launchState(record))?.failure ?? null
  }

  /** Null if a runner has claimed the run. It may have died before it set the state RUNNING. */
  async #endUnstarted(record: RunRecord, failure: BatchQueryError): Promise<ReapedRun | null> {
    const run = await this.#claims.first(record, this.#runner, this.#log)
    return run === null ? null : unchanged(await finishWithoutRunner(run, () => failure))
  }

  async #removeStaging(record: RunRecord, dryRun: boolean): Promise<ReapedRun | null> {
    const { store, bucket, recovery } = this.#home
    const { id } = record
    if (recovery === null) return null
    const exports = await storedExports(store, bucket, record)
    const { attempts } = this.#claims
    const removed = dryRun ? null : await removeStaging({ store, bucket, attempts, recovery }, id, exports)
    const aborted =
      removed === null
        ? await this.#leftoverUris(id, exports)
        : [...removed.keys()].filter(uri => removed.get(uri))
    return aborted.length === 0 ? null : { ...unchanged(record), aborted }
  }

  /** The destinations for which attempts of a run may have left staged objects. */
  async #leftoverUris(id: string, exports: readonly StoredExport[]): Promise<readonly string[]> {
    const leftovers = await findLeftoverStaging(this.#home, id, exports)
    return [...new Set(leftovers.map(({ uri }) => uri))]
  }

  /** Null if the run has not ended, does not exist, or has an unreadable record. */
  async #findEnded(id: string): Promise<RunRecord | null> {
    try {
      const record = await findRunRecord(this.#home.store, this.#home.bucket, id)
      return record !== null && isFinal(record.state) ? record : null
    } catch (thrown) {
      if (BatchQueryError.from(thrown).code !== 'RUN_RECORD_INVALID') throw thrown
      return null
    }
  }
}

/**
 * While a live run stages for the same destination, the mark of a dead one may stay. Then the second pass of the same call
 * may remove what the first one has reported already. It also reports a failure only once.
 */
function isReported({ error, aborted }: ReapedRun, before: ReapedRun | undefined): boolean {
  if (before === undefined) return false
  return error === null ? aborted.every(uri => before.aborted.includes(uri)) : before.error !== null
}

const unchanged = ({ id, state }: RunRecord): ReapedRun => ({
  id,
  state,
  completed: [],
  aborted: [],
  error: null,
})
