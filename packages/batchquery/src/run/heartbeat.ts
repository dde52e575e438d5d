import { BatchQueryError } from '../errors/index.ts'
import type { Log } from '../platform/index.ts'
import type { OwnedRecord } from './owned-record.ts'
import type { Ownership } from './ownership.ts'
import { cancelledOnRequest } from './run-end.ts'

/**
 * The heartbeat of a run. Each beat does two things in parallel: it checks that the run still belongs to this attempt and
 * writes the record, which shows other processes that the owner lives; and it looks for a request to cancel.
 *
 * If a beat fails, the next one tries again; the log gets the first of several failures in a row. The heartbeat ends when the
 * run is lost. Its timer does not keep the process alive.
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
  /** The latest beat that may fail. Never rejects. */
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

  /** Aborted with a CANCELLED error when a beat finds the request. */
  get cancelled(): AbortSignal {
    return this.#cancel.signal
  }

  /** Makes a beat, which must succeed, and schedules the others. May be called again. */
  async start(): Promise<void> {
    await Promise.all(this.#beat())
    this.#schedule()
  }

  /** Stops, and resolves when the beat in progress has ended. */
  async pause(): Promise<void> {
    this.stop()
    await this.#beating
  }

  /** Makes a beat at once, which may fail, and schedules the others. */
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
      this.#log.warn(
        `the heartbeat of run ${this.#record.current.id} failed, and the runner tries again: ${message}`,
      )
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
