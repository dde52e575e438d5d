/**
 * Writes an object that changes often, never twice at once:
 *
 *     idle ──request──▶ writing ──request──▶ writing, one more queued ──request──▶ (the same)
 *
 * However many requests come during a write, one further write follows it, and it sees all changes made before
 * it begins.
 */
export class CoalescedWrite {
  readonly #write: () => Promise<unknown>
  /** Settles, never rejects, when the last write begun has ended. */
  #running: Promise<unknown> = Promise.resolve()
  /** The write that has not begun. */
  #queued: Promise<void> | null = null

  constructor(write: () => Promise<unknown>) {
    this.#write = write
  }

  /** Resolves when no write that was asked for before this call is under way any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Settles when a write begun after this call has ended; rejects as it did. */
  request(): Promise<void> {
    if (this.#queued !== null) return this.#queued
    const queued = this.#running.then(async () => {
      this.#queued = null
      await this.#write()
    })
    this.#queued = queued
    this.#running = queued.catch(() => {})
    return queued
  }
}
