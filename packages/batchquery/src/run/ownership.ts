import { BatchQueryError } from '../errors/index.ts'
import type { Attempts } from './attempts.ts'

/**
 * Whether a run still belongs to this attempt. If the process was stopped, the machine slept or the store was away for long,
 * another process may have taken this attempt for dead and claimed a later one.
 *
 *     ours ──(a later attempt exists)──▶ lost for good
 */
export class Ownership {
  readonly #attempts: Attempts
  readonly #id: string
  readonly #attempt: number
  readonly #trustMs: number
  readonly #lost = new AbortController()
  /** By the wall clock, which goes on while the machine sleeps. */
  #seenAt = Date.now()

  /** @param trustMs how long `confirm` trusts the last check; must be well below the silence after which a run counts as dead */
  constructor(attempts: Attempts, id: string, attempt: number, trustMs: number) {
    this.#attempts = attempts
    this.#id = id
    this.#attempt = attempt
    this.#trustMs = trustMs
  }

  /** Aborted with RUN_CLAIMED when a check finds that another attempt owns the run. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Looks for a later attempt. @throws RUN_CLAIMED if the run is lost */
  async check(): Promise<void> {
    this.#lost.signal.throwIfAborted()
    const now = Date.now()
    if (!(await this.#attempts.isLatest(this.#id, this.#attempt)))
      this.#lost.abort(takenOver(this.#id, this.#attempt))
    this.#lost.signal.throwIfAborted()
    this.#seenAt = now
  }

  /** As `check`, but does not look again if the last check is recent. */
  async confirm(): Promise<void> {
    this.#lost.signal.throwIfAborted()
    if (Math.abs(Date.now() - this.#seenAt) >= this.#trustMs) await this.check()
  }
}

const takenOver = (id: string, attempt: number): BatchQueryError =>
  new BatchQueryError(
    'RUN_CLAIMED',
    `another runner took over run ${id}, because attempt ${attempt} was silent for too long`,
    {
      hint: `Run \`batchquery show ${id}\` to see which runner has it.`,
    },
  )
