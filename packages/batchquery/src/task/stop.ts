import { BatchQueryError } from '../errors/index.ts'

/**
 * What may end a run from outside, as one signal whose reason is the error that the run then ends with: Ctrl-C and
 * the cancel request (CANCELLED), SIGTERM (TERMINATED), the timeout (TIMEOUT). The first one counts.
 */
export class Stop {
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined
  readonly #onInterrupt = (): void =>
    this.#stop(new BatchQueryError('CANCELLED', 'the run was cancelled (SIGINT)'))
  readonly #onTerminate = (): void =>
    this.#stop(
      new BatchQueryError('TERMINATED', 'the runner was told to stop (SIGTERM)', {
        hint: 'Run it again when the machine allows; nothing of it was published.',
      }),
    )

  /** Begins with the signals of the process: made before the run is claimed, so that none leaves it without an end. */
  constructor() {
    process.on('SIGINT', this.#onInterrupt)
    process.on('SIGTERM', this.#onTerminate)
  }

  /** @param cancelled aborted with the error of a cancel request */
  watch(cancelled: AbortSignal): void {
    const cancel = (): void => this.#stop(BatchQueryError.from(cancelled.reason))
    if (cancelled.aborted) cancel()
    cancelled.addEventListener('abort', cancel)
  }

  /** Gives the run so much time from now on; what was given first counts. */
  limit(seconds: number | null): void {
    if (seconds === null || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#stop(timeout(seconds)), seconds * 1000)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The process reacts to signals as before. */
  dispose(): void {
    clearTimeout(this.#timer)
    process.off('SIGINT', this.#onInterrupt)
    process.off('SIGTERM', this.#onTerminate)
  }

  #stop(error: BatchQueryError): void {
    this.#controller.abort(error)
  }
}

const timeout = (seconds: number): BatchQueryError =>
  new BatchQueryError('TIMEOUT', `the run took longer than its timeout of ${seconds} s`, {
    hint: 'Give it more time with --timeout, or make the query cheaper.',
  })
