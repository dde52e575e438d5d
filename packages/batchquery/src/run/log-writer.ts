import type { LogSink } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { CoalescedWrite } from './coalesced-write.ts'

/** The log keeps its first 8 MiB as they come, and its last 64 KiB for the end. */
const HEAD_BYTES = 8 * 1024 * 1024
const TAIL_BYTES = 64 * 1024

/**
 * The log of an attempt as an object. A store cannot append, so the whole object is written again every few
 * seconds while it grows:
 *
 *     the first 8 MiB │ a line that says so │ at the end: how many lines are left out, and the last 64 KiB
 *
 * The object only grows, so a reader goes on where it stopped. A write that fails is tried again.
 */
export class LogWriter {
  readonly #write: CoalescedWrite
  readonly #flushMs: number
  #head: Buffer[] = []
  #headBytes = 0
  #full = false
  /** The entries that found the head full: the latest of them, and how many are gone. */
  readonly #tail: Buffer[] = []
  #tailBytes = 0
  #leftOut = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(store: Store, address: ObjectAddress, flushMs: number) {
    this.#flushMs = flushMs
    this.#write = new CoalescedWrite(() => store.put(address, this.#content()))
  }

  /** The sink to attach to the log of the process. */
  readonly append: LogSink = entry => {
    const bytes = Buffer.from(entry)
    if (this.#full) {
      this.#keepInTail(bytes)
    } else if (this.#headBytes + bytes.length > HEAD_BYTES) {
      this.#full = true
      this.#keepInHead(Buffer.from('(the log is full: only its end will follow, when the run ends)\n'))
      this.#keepInTail(bytes)
    } else {
      this.#keepInHead(bytes)
    }
  }

  /** Writes what is left. Nothing may be appended any more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closed = true
    await this.#write.request()
  }

  #keepInHead(bytes: Buffer): void {
    this.#head.push(bytes)
    this.#headBytes += bytes.length
    this.#schedule()
  }

  #keepInTail(bytes: Buffer): void {
    this.#tail.push(bytes)
    this.#tailBytes += bytes.length
    while (this.#tailBytes > TAIL_BYTES && this.#tail.length > 1) {
      this.#tailBytes -= this.#tail.shift()?.length ?? 0
      this.#leftOut++
    }
  }

  #schedule(): void {
    if (!this.#closed) this.#timer ??= setTimeout(() => this.#flush(), this.#flushMs).unref()
  }

  async #flush(): Promise<void> {
    this.#timer = undefined
    // A failure is not told to the log: the telling would be the next thing to write. `close` tells it.
    await this.#write.request().catch(() => this.#schedule())
  }

  #content(): Buffer {
    const head = Buffer.concat(this.#head)
    this.#head = [head]
    if (!this.#full || !this.#closed) return head
    return Buffer.concat([head, Buffer.from(`(${this.#leftOut} entries left out)\n`), ...this.#tail])
  }
}
