import type { Store } from '../store/store.ts'
import type { EngineLookup } from './engine-lookup.ts'
import { attemptKey, attemptPrefix, parseAttemptKey, recordKey } from './keys.ts'
import { toJsonBytes } from './parse-object.ts'
import { findRunner } from './read-attempt.ts'
import type { RunnerRecord } from './record.ts'
import { isHere, type RunnerState, runnerStateHere } from './runner-process.ts'

/**
 * The attempts of the runs of a home bucket. A process claims an attempt by creating its object, which only one process can:
 *
 *     attempt-0001 ──(its runner dies)──▶ attempt-0002 ──▶ ...
 *
 * The latest attempt owns the run, and may recover the earlier ones. It is dead when neither its object nor the run record
 * has changed for `deadAfterMs`, by the store's clock, and its runner is not known to live. It is dead at once if the engine
 * or this machine knows that the runner has ended.
 */
export class Attempts {
  readonly #store: Store
  readonly #bucket: string
  readonly #deadAfterMs: number
  readonly #engines: Pick<EngineLookup, 'runnerState'> | null

  /** @param engines null if no engine can look up its runners */
  constructor(
    store: Store,
    bucket: string,
    deadAfterMs: number,
    engines: Pick<EngineLookup, 'runnerState'> | null,
  ) {
    this.#store = store
    this.#bucket = bucket
    this.#deadAfterMs = deadAfterMs
    this.#engines = engines
  }

  /** Claims an attempt. False if another process has claimed it. */
  take(id: string, attempt: number, runner: RunnerRecord): Promise<boolean> {
    const claim = toJsonBytes({ ...runner, claimedAt: new Date().toISOString() })
    return this.#store.create({ bucket: this.#bucket, key: attemptKey(id, attempt) }, claim)
  }

  /**
   * Returns the number of the latest attempt if it is dead, 0 if neither record nor attempts exist, and null if the attempt may
   * live or there is none yet.
   *
   * @throws RUN_RECORD_INVALID if another program wrote the attempt
   */
  async findDead(id: string): Promise<number | null> {
    // The time comes first: so nothing looks older than it is.
    const now = await this.#store.now(this.#bucket)
    let latest = 0
    const record = await this.#store.head({ bucket: this.#bucket, key: recordKey(id) })
    let lastSign = record?.lastModified.getTime() ?? 0
    for await (const { key, lastModified } of this.#store.list(this.#bucket, attemptPrefix(id))) {
      latest = Math.max(latest, parseAttemptKey(id, key) ?? 0)
      lastSign = Math.max(lastSign, lastModified.getTime())
    }
    if (lastSign === 0) return 0
    const isSilent = now.getTime() - lastSign >= this.#deadAfterMs
    if (latest === 0) return null
    const runner = await findRunner(this.#store, this.#bucket, id, latest)
    const fate = runner === null ? 'unknown' : await this.#runnerState(runner)
    return fate === 'ended' || (fate === 'unknown' && isSilent) ? latest : null
  }

  async #runnerState(runner: RunnerRecord): Promise<RunnerState> {
    if (runner.ecsTask !== undefined) return this.#engines?.runnerState(runner) ?? 'unknown'
    return runnerStateHere(runner)
  }

  /** Whether an attempt still owns its run: no later one exists. */
  async isLatest(id: string, attempt: number): Promise<boolean> {
    return (await this.#store.head({ bucket: this.#bucket, key: attemptKey(id, attempt + 1) })) === null
  }

  /** Whether an attempt ran on this machine; true if that is unknown. */
  async wasHere(id: string, attempt: number): Promise<boolean> {
    const runner = await findRunner(this.#store, this.#bucket, id, attempt)
    return runner === null || isHere(runner)
  }
}
