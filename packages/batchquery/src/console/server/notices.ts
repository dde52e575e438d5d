import type { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'

const MOST_TOLD = 1_000

/** Tells the terminal what the pages are told, but not again with each question of a page. */
export class Notices {
  readonly #log: Log
  readonly #told = new Set<string>()
  #problem: string | null = null

  constructor(log: Log) {
    this.#log = log
  }

  /** Each warning once. */
  warn(texts: readonly string[]): void {
    for (const text of texts) {
      if (this.#told.has(text) || this.#told.size === MOST_TOLD) continue
      this.#told.add(text)
      this.#log.warn(text)
    }
  }

  /** Whether the store answers: null if it does. Each change once. */
  store(problem: BatchQueryError | null): void {
    const message = problem?.message ?? null
    if (message === this.#problem) return
    this.#problem = message
    if (problem === null) this.#log.info('the store answers again')
    else this.#log.failure(problem)
  }
}
