import type { DuckDBConnection } from '@duckdb/node-api'
import { cancelled, statementError } from './errors.ts'

const INTERRUPT_EVERY_MS = 20

/**
 * One statement of the task, which may take several calls of DuckDB, and can be stopped at any time:
 *
 *   NEW ──run──▶ RUNNING ──▶ OVER (or NEW again, for the statement's next call)
 *    └───────────stop──────────▶ STOPPED: `run` throws CANCELLED
 */
export class InterruptibleStatement {
  readonly connection: DuckDBConnection
  readonly #stop = new AbortController()
  #running: Promise<unknown> | null = null

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  /** Aborted by `stop`. Work that waits for anything but DuckDB must end then. */
  get stopped(): AbortSignal {
    return this.#stop.signal
  }

  /** Does `work`, and converts its errors to those of the Session contract. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.stopped.aborted) throw cancelled()
    const running = work()
    this.#running = running
    try {
      return await running
    } catch (error) {
      throw this.stopped.aborted ? cancelled(error) : statementError(error)
    } finally {
      this.#running = null
    }
  }

  /**
   * Resolves when no work of the statement runs any more. DuckDB ignores an interrupt that arrives before the call
   * has begun, so this repeats the interrupt.
   */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#running === null) return
    const interrupt = () => this.connection.interrupt()
    interrupt()
    const timer = setInterval(interrupt, INTERRUPT_EVERY_MS)
    await Promise.allSettled([this.#running])
    clearInterval(timer)
  }
}
