import { inParallel, type LogSink } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'
import { LogSegments } from './log-segments.ts'

/**
 * Writes the log of an attempt while it grows: a full segment at once, and the open one every few seconds. If a write fails,
 * the next one repeats it.
 */
export class LogWriter {
  readonly #store: Store
  readonly #addressOf: (segment: number) => ObjectAddress
  readonly #flushMs: number
  readonly #write: CoalescedWrite
  readonly #segments = new LogSegments()
  #isOpenDue = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(store: Store, addressOf: (segment: number) => ObjectAddress, flushMs: number) {
    this.#store = store
    this.#addressOf = addressOf
    this.#flushMs = flushMs
    this.#write = new CoalescedWrite(() => this.#writeOut())
  }

  /** The sink to attach to the log of the process. */
  readonly append: LogSink = entry => {
    if (this.#segments.append(entry)) this.#flush()
    this.#schedule()
  }

  /** Writes the rest. Append nothing after that. @throws the store's errors */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closed = true
    this.#isOpenDue = true
    await this.#write.request()
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#isOpenDue = true
      this.#flush()
    }, this.#flushMs).unref()
  }

  #flush(): void {
    // Do not log a failure: that line would need the next write. `close` throws it.
    this.#write.request().catch(() => this.#schedule())
  }

  async #writeOut(): Promise<void> {
    let isOpenDue = this.#isOpenDue
    this.#isOpenDue = false
    for (;;) {
      const write = this.#segments.nextWrite(isOpenDue)
      if (write !== null) {
        await this.#store.put(this.#addressOf(write.number), write.bytes)
        write.done()
        // Once is enough: entries that come meanwhile wait for the next flush.
        if (write.isOpen) isOpenDue = false
      }
      await this.#deleteDropped()
      if (write === null) return
    }
  }

  /** A segment that cannot be deleted is tried again with the next write. Until then the log has more than its limit. */
  async #deleteDropped(): Promise<void> {
    for (;;) {
      const numbers = this.#segments.dropped()
      if (numbers.length === 0) return
      const remove = (number: number) => this.#store.delete(this.#addressOf(number))
      try {
        await inParallel(numbers, numbers.length, remove)
      } catch {
        return
      }
      this.#segments.deleted(numbers)
    }
  }
}
