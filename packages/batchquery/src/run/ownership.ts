import { BatchQueryError } from '../errors/index.ts'
import type { Attempts } from './attempts.ts'

/**
 * Whether a run is still this attempt's. Who was silent for long, because the process was stopped, the machine slept
 * or the store was gone, may have been taken for dead: then a later attempt has the run.
 *
 *     ours ──(a later attempt is there)──▶ lost, for good
 */
export class Ownership {
  readonly #attempts: Attempts
  readonly #id: string
  readonly #attempt: number
  readonly #trustMs: number
  readonly #lost = new AbortController()
  /** By the clock that goes on while the machine sleeps. */
  #seenAt = Date.now()

  /** @param trustMs how long the last look is good for: well below the silence that makes a run a dead one */
  constructor(attempts: Attempts, id: string, attempt: number, trustMs: number) {
    this.#attempts = attempts
    this.#id = id
    this.#attempt = attempt
    this.#trustMs = trustMs
  }

  /** Aborted with RUN_CLAIMED once it is known that the run is somebody else's. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Looks, and throws RUN_CLAIMED where the run is lost. */
  async check(): Promise<void> {
    this.#lost.signal.throwIfAborted()
    const now = Date.now()
    if (!(await this.#attempts.isLatest(this.#id, this.#attempt)))
      this.#lost.abort(takenOver(this.#id, this.#attempt))
    this.#lost.signal.throwIfAborted()
    this.#seenAt = now
  }

  /** As `check`; after a look not long ago it does without another one. */
  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted()
    if (Math.abs(Date.now() - this.#seenAt) >= this.#trustMs) await this.check()
  }
}

const takenOver = (id: string, attempt: number): BatchQueryError =>
  new BatchQueryError('RUN_CLAIMED', `run ${id} was taken over: attempt ${attempt} was silent for long`, {
    hint: `\`batchquery show ${id}\` shows who has it.`,
  })
