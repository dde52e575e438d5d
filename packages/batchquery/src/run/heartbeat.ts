import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { OwnedRecord } from './owned-record.ts'
import type { Ownership } from './ownership.ts'
import { cancelledOnRequest } from './run-end.ts'

/**
 * While a run goes on: rewrites its record, which tells others that the owner lives and how far it is, after a look
 * whether the run is still its own; and looks whether a cancel was asked for. The two go side by side, so that neither
 * waits for the other.
 *
 * A beat that fails is made good by the next one; the log hears of the first failure of a row of them. The heart stops
 * where the run is lost. The timer does not keep the process alive.
 */
export class Heartbeat {
  readonly #record: OwnedRecord
  readonly #ownership: Ownership
  readonly #isCancelRequested: () => Promise<boolean>
  readonly #log: Log
  readonly #intervalMs: number
  readonly #cancel = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #failing = false
  /** The beats that the timer began; never rejects. */
  #beating: Promise<unknown> = Promise.resolve()

  constructor(
    record: OwnedRecord,
    ownership: Ownership,
    isCancelRequested: () => Promise<boolean>,
    log: Log,
    intervalMs: number,
  ) {
    this.#record = record
    this.#ownership = ownership
    this.#isCancelRequested = isCancelRequested
    this.#log = log
    this.#intervalMs = intervalMs
  }

  /** Aborted with a CANCELLED error once a beat has found the request. */
  get cancelled(): AbortSignal {
    return this.#cancel.signal
  }

  /** A beat, which must succeed; the others follow by themselves. May be called again. */
  async start(): Promise<void> {
    await Promise.all(this.#beat())
    this.#schedule()
  }

  /** Stops, and waits for the beat that is under way. */
  async pause(): Promise<void> {
    this.stop()
    await this.#beating
  }

  /** A beat at once, which may fail, and the others by themselves: also after `pause`. */
  async resume(): Promise<void> {
    this.#stopped = false
    await this.#beatAndSchedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#stopped || this.#ownership.lost.aborted) return
    this.#timer = setTimeout(() => this.#beatAndSchedule(), this.#intervalMs).unref()
  }

  async #beatAndSchedule(): Promise<void> {
    const beats = Promise.allSettled(this.#beat())
    this.#beating = beats
    const results = await beats
    const failure = results.find(result => result.status === 'rejected')
    if (failure !== undefined && !this.#failing && !this.#ownership.lost.aborted) {
      const { message } = BatchQueryError.from(failure.reason)
      this.#log.warn(`the heartbeat of run ${this.#record.current.id} failed and is tried again: ${message}`)
    }
    this.#failing = failure !== undefined
    this.#schedule()
  }

  #beat(): Promise<void>[] {
    return [this.#sayAlive(), this.#lookForCancel()]
  }

  async #sayAlive(): Promise<void> {
    await this.#ownership.check()
    // The run may have ended meanwhile.
    if (!this.#stopped) await this.#record.change({ heartbeatAt: new Date().toISOString() })
  }

  async #lookForCancel(): Promise<void> {
    if (this.#cancel.signal.aborted || !(await this.#isCancelRequested())) return
    this.#cancel.abort(cancelledOnRequest(this.#record.current.id))
  }
}
