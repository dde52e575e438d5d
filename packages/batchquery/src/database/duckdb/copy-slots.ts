import { BatchQueryError } from '../../errors/index.ts'

/** libuv's default: https://nodejs.org/api/cli.html#uv_threadpool_sizesize */
const DEFAULT_THREADS = 4

/**
 * How many COPYs may run at once. Each takes one thread of Node's pool from its begin to its end, and waits
 * while its rows are not read. The reader may need a thread itself, to write a file for instance, so
 * COPYs must never have all of them.
 */
export class CopySlots {
  readonly #count: number
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#count = count
    this.#free = count
  }

  /** Waits for a slot; rejects when `stopped` is aborted. @throws CONFIG if there are none */
  async take(stopped: AbortSignal): Promise<void> {
    if (this.#count < 1)
      throw new BatchQueryError(
        'CONFIG',
        'batchquery cannot read DuckDB with only one thread (UV_THREADPOOL_SIZE=1)',
        {
          hint: 'Set UV_THREADPOOL_SIZE to 2 or more, or unset it.',
        },
      )
    while (this.#free === 0) {
      await new Promise<void>(wake => {
        this.#waiting.push(wake)
        stopped.addEventListener('abort', () => wake(), { once: true })
      })
      stopped.throwIfAborted()
    }
    this.#free--
  }

  give(): void {
    this.#free++
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

const threads = Number(process.env.UV_THREADPOOL_SIZE) || DEFAULT_THREADS

/** Those of this process. */
export const COPY_SLOTS = new CopySlots(threads - 1)
