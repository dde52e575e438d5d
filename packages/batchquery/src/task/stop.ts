import { BatchQueryError } from '../errors/index.ts'
import { type EndingSignal, EndingSignals } from '../platform/index.ts'

/**
 * How long the runner takes for its end after SIGTERM. Fargate and `docker stop` kill it some seconds later: by then
 * what could be done is done, and what could not is known to be left to another attempt or to `reap`.
 */
const GRACE_MS = 23_000

const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * What may end a run from outside, as one signal whose reason is the error that the run then ends with: Ctrl-C and
 * the cancel request (CANCELLED), SIGTERM and SIGHUP (TERMINATED), the timeout (TIMEOUT), a later attempt
 * (RUN_CLAIMED). The first one counts.
 *
 *     runs ──any of them──▶ ends by itself ──▶ ended
 *                             └──a second signal of the system; 23 s after SIGTERM──▶ killed by the signal
 */
export class Stop {
  readonly #controller = new AbortController()
  readonly #graceMs: number
  readonly #overdue: () => void
  readonly #signals = new EndingSignals(name => this.#receive(name))
  #timer: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined

  /**
   * Begins with the signals of the process: made before the run is claimed, so that none leaves it without an end.
   *
   * @param overdue called before the process is ended by force
   */
  constructor(overdue: () => void, graceMs = GRACE_MS) {
    this.#overdue = overdue
    this.#graceMs = graceMs
  }

  /** @param stopped aborted with the error that the run is to end with */
  watch(stopped: AbortSignal): void {
    const stop = (): void => this.#stop(BatchQueryError.from(stopped.reason))
    if (stopped.aborted) stop()
    stopped.addEventListener('abort', stop)
  }

  /** Gives the run so much time from now on; what was given first counts. */
  limit(seconds: number | null): void {
    if (seconds === null || this.#timer !== undefined) return
    this.#wait(performance.now() + seconds * 1000, seconds)
  }

  /** In steps, as a longer timer of Node is over at once. */
  #wait(end: number, seconds: number): void {
    const left = end - performance.now()
    if (left <= 0) this.#stop(timeout(seconds))
    else this.#timer = setTimeout(() => this.#wait(end, seconds), Math.min(left, LONGEST_TIMER_MS))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The process reacts to signals as before. */
  dispose(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#deadline)
    this.#signals.dispose()
  }

  #receive(name: EndingSignal): void {
    this.#signals.releaseNext()
    if (name === 'SIGINT') {
      this.#stop(new BatchQueryError('CANCELLED', 'the run was cancelled (SIGINT)'))
      return
    }
    this.#deadline = setTimeout(() => this.#kill(), this.#graceMs)
    this.#stop(terminated(name))
  }

  /** By the signal itself, as work that hangs in a library or in the system heeds nothing else. */
  #kill(): void {
    this.#overdue()
    this.#signals.dispose()
    // It may be ignored, where SIGHUP is not.
    process.removeAllListeners('SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  }

  #stop(error: BatchQueryError): void {
    this.#controller.abort(error)
  }
}

const terminated = (name: string): BatchQueryError =>
  new BatchQueryError('TERMINATED', `the runner was told to stop (${name})`, {
    hint: 'When the machine allows, start a new run: `batchquery rerun RUN`.',
  })

const timeout = (seconds: number): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `the run took longer than its timeout of ${seconds} s`, {
    hint: 'Give it more time with --timeout, or make the query cheaper.',
  })
