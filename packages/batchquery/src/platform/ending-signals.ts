import { isIgnored } from './ignored-signals.ts'

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What asks a process to end. */
export type EndingSignal = (typeof NAMES)[number]

/** A person who means it twice takes longer. */
const REPEATED_MS = 1_000

/**
 * The requests to end that reach this process as signals. The same signal once more within a second is the same
 * request: a terminal sends Ctrl-C to all that run in it, and npm, for one, passes on what all have got already.
 *
 * What the process was started to ignore is no request.
 *
 *     taken ──releaseNext──▶ repetitions are taken, for a second ──▶ the usual effect, as after dispose
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

  /** The next request has the signal's usual effect, at once, as far as this process has no other listener. */
  releaseNext(): void {
    for (const name of NAMES) if (name !== this.#last?.name) process.off(name, this.#take)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.dispose(), REPEATED_MS).unref()
  }

  /** The process reacts to signals as before. */
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
