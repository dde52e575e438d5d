import type { Launched } from '../engine/index.ts'
import type { Log } from '../platform/index.ts'

const MEANING = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' } as const

/**
 * What the signals of this process mean to the runner, from before the launch until the end:
 *
 *     none ──first──▶ asked (passed on to the runner, which ends by itself) ──second──▶ killed
 *
 * A terminal that was closed (SIGHUP) asks as SIGTERM does.
 */
export class RunnerSignals {
  readonly #log: Log
  #runner: Launched | null = null
  #asked: 'SIGINT' | 'SIGTERM' | null = null

  constructor(log: Log) {
    this.#log = log
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, this.#receive)
  }

  /** What the runner was asked for, or would have been. */
  get asked(): 'SIGINT' | 'SIGTERM' | null {
    return this.#asked
  }

  passOnTo(runner: Launched): void {
    this.#runner = runner
    if (this.#asked !== null) runner.signal(this.#asked)
  }

  /** The process reacts to signals as before. */
  dispose(): void {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, this.#receive)
  }

  readonly #receive = (name: keyof typeof MEANING): void => {
    if (this.#asked === null) {
      this.#asked = MEANING[name]
      this.#log.info('the run is asked to end; a second signal kills it')
      this.#runner?.signal(this.#asked)
    } else {
      this.#log.warn('the runner is killed')
      this.#runner?.kill()
    }
  }
}
