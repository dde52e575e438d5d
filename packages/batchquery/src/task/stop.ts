import { BatchQueryError } from '../errors/index.ts'
import { type EndingSignal, EndingSignals } from '../platform/index.ts'

/**
 * The time that the runner has to end after SIGTERM. Fargate and `docker stop` kill it some seconds later. The runner ends before that and
 * leaves the rest to another attempt or to `reap`.
 */
const GRACE_MS = 23_000

const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Everything that may end a run from outside, as one signal. Its reason is the error of the run: Ctrl-C and the cancel request
 * (CANCELLED), SIGTERM and SIGHUP (TERMINATED), the timeout (TIMEOUT), a later attempt (RUN_CLAIMED). The first one counts.
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
   * Listens to the signals of the process from now on. The runner makes it before it claims the run, so that no signal ends the process
   * without an end of the run.
   *
   * @param overdue called before the process ends by force
   */
  constructor(overdue: () => void, graceMs = GRACE_MS) {
    this.#overdue = overdue
    this.#graceMs = graceMs
  }

  /** Ends the run when another signal aborts. @param stopped its reason is the error of the run */
  watch(stopped: AbortSignal): void {
    const stop = (): void => this.#stop(BatchQueryError.from(stopped.reason))
    if (stopped.aborted) stop()
    stopped.addEventListener('abort', stop)
  }

  /** Limits the run to so many seconds from now on. The first limit counts. */
  limit(seconds: number | null): void {
    if (seconds === null || this.#timer !== undefined) return
    this.#wait(performance.now() + seconds * 1000, seconds)
  }

  /** Waits in steps, because a longer timer of Node fires at once. */
  #wait(end: number, seconds: number): void {
    const remaining = end - performance.now()
    if (remaining <= 0) this.#stop(timeout(seconds))
    else this.#timer = setTimeout(() => this.#wait(end, seconds), Math.min(remaining, LONGEST_TIMER_MS))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Stops listening: the process reacts to signals as before. */
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

  /** Ends the process by SIGTERM, because work that hangs in a library or in the system reacts to nothing else. */
  #kill(): void {
    this.#overdue()
    this.#signals.dispose()
    // The process may ignore SIGTERM even if it does not ignore SIGHUP.
    process.removeAllListeners('SIGTERM')
    process.kill(process.pid, 'SIGTERM')
  }

  #stop(error: BatchQueryError): void {
    this.#controller.abort(error)
  }
}

const terminated = (name: string): BatchQueryError =>
  new BatchQueryError('TERMINATED', `the runner was asked to stop (${name})`, {
    hint: 'Start a new run: `batchquery rerun RUN`.',
  })

const timeout = (seconds: number): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `the run took longer than its timeout of ${seconds} s`, {
    hint: 'Raise --timeout, or make the query cheaper.',
  })
