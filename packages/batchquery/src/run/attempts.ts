import type { Store } from '../store/store.ts'
import type { EngineLookup } from './engine-lookup.ts'
import { attemptKey, attemptPrefix, parseAttemptKey, recordKey } from './keys.ts'
import { toJsonBytes } from './parse-object.ts'
import { findRunner } from './read-attempt.ts'
import type { RunnerRecord } from './record.ts'
import { isHere, type RunnerState, runnerStateHere } from './runner-process.ts'

/**
 * The attempts of the runs of a home bucket. An attempt is taken by creating its object, which only one can do:
 *
 *     attempt-0001 ──(its runner dies)──▶ attempt-0002 ──▶ ...
 *
 * The latest attempt owns the run; it may take everything in hand that the ones before it left. It is dead when
 * neither its object nor the run record changed for `deadAfterMs`, by the store's clock, and its runner is not
 * known to live; and at once where the engine, or this machine, knows that the runner has ended.
 */
export class Attempts {
  readonly #store: Store
  readonly #bucket: string
  readonly #deadAfterMs: number
  readonly #engines: Pick<EngineLookup, 'runnerState'> | null

  /** @param engines null where none can be asked */
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

  /** False where somebody else took it. */
  take(id: string, attempt: number, runner: RunnerRecord): Promise<boolean> {
    const claim = toJsonBytes({ ...runner, claimedAt: new Date().toISOString() })
    return this.#store.create({ bucket: this.#bucket, key: attemptKey(id, attempt) }, claim)
  }

  /**
   * The latest attempt of a run, where it is dead; null where it may live, and where there is none yet. 0 where
   * nothing is left of the run.
   *
   * @throws RUN_RECORD_INVALID where the attempt was written by somebody else
   */
  async findDead(id: string): Promise<number | null> {
    // The time is asked for first: nothing then looks older than it is.
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

  /** Whether an attempt still owns its run. */
  async isLatest(id: string, attempt: number): Promise<boolean> {
    return (await this.#store.head({ bucket: this.#bucket, key: attemptKey(id, attempt + 1) })) === null
  }

  /** Whether an attempt ran on this machine; true where nobody knows. */
  async wasHere(id: string, attempt: number): Promise<boolean> {
    const runner = await findRunner(this.#store, this.#bucket, id, attempt)
    return runner === null || isHere(runner)
  }
}
