import { isIgnored } from './ignored-signals.ts'

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A signal that asks a process to end. */
export type EndingSignal = (typeof NAMES)[number]

/** A person who repeats the signal on purpose takes longer. */
const REPEATED_MS = 1_000

/**
 * The signals that ask this process to end. The same signal within a second counts as the same request: a terminal
 * sends Ctrl-C to every process that runs in it, and npm, for example, passes on the signal that all of them already
 * have.
 *
 * A signal that the process was started to ignore is not a request.
 *
 *   taken ──releaseNext──▶ repetitions are taken, for a second ──▶ the usual effect, as after dispose
 */
export class EndingSignals {
  readonly #receive: (name: EndingSignal) => void
  #last: { readonly name: EndingSignal; readonly at: number } | null = null
  #timer: NodeJS.Timeout | undefined

  /** @param receive called for each request */
  constructor(receive: (name: EndingSignal) => void) {
    this.#receive = receive
    for (const name of NAMES) if (!isIgnored(name)) process.on(name, this.#take)
  }

  /** Restores the signals' usual effect for the next request, unless this process has another listener. */
  releaseNext(): void {
    for (const name of NAMES) if (name !== this.#last?.name) process.off(name, this.#take)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.dispose(), REPEATED_MS).unref()
  }

  /** Removes all listeners, so signals have their usual effect. */
  dispose(): void {
    clearTimeout(this.#timer)
    for (const name of NAMES) process.off(name, this.#take)
  }

  readonly #take = (name: EndingSignal): void => {
    const now = performance.now()
    if (this.#last?.name === name && now - this.#last.at < REPEATED_MS) return
    this.#last = { name, at: now }
    this.#receive(name)
  }
}
