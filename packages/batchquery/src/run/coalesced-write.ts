/**
 * Writes an object that changes often, one write at a time:
 *
 *     idle ──request──▶ writing ──request──▶ writing, one more queued ──request──▶ (the same)
 *
 * However many requests come during a write, only one further write follows it. It includes all changes made before it
 * begins.
 */
export class CoalescedWrite {
  readonly #write: () => Promise<unknown>
  /** Resolves when the last write that began has ended. Never rejects. */
  #running: Promise<unknown> = Promise.resolve()
  /** The write that has not begun yet. */
  #queued: Promise<void> | null = null

  constructor(write: () => Promise<unknown>) {
    this.#write = write
  }

  /** Resolves when all writes requested before this call have ended. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Resolves or rejects as a write that begins after this call does. */
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
