import type { Launched } from '../engine/index.ts'
import { type EndingSignal, EndingSignals, type Log } from '../platform/index.ts'

const MEANING = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' } as const

/** Whoever sent SIGTERM may kill soon. The runner takes 23 s at most; then the store may not answer us either. */
const GRACE_MS = 25_000

/**
 * What the signals of this process mean to the runner, from before the launch until the end:
 *
 *     none ──first──▶ asked (passed on to the runner, which ends by itself) ──second──▶ killed ──third──▶ we end, too
 *
 * A terminal that was closed (SIGHUP) asks as SIGTERM does, but for a runner that is elsewhere: it is left to itself.
 */
export class RunnerSignals {
  readonly #log: Log
  readonly #signals = new EndingSignals(name => this.#receive(name))
  #runner: Launched | null = null
  #hasEnded = false
  #asked: 'SIGINT' | 'SIGTERM' | null = null
  readonly #stopping = new AbortController()
  #deadline: NodeJS.Timeout | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** What the runner was asked for, or would have been. */
  get asked(): 'SIGINT' | 'SIGTERM' | null {
    return this.#asked
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  passOnTo(runner: Launched): void {
    this.#runner = runner
    const end = () => {
      this.#hasEnded = true
    }
    runner.exitCode.then(end, end)
    if (this.#asked !== null) runner.signal(this.#asked)
  }

  /** The process reacts to signals as before. */
  dispose(): void {
    clearTimeout(this.#deadline)
    this.#signals.dispose()
  }

  #receive(name: EndingSignal): void {
    if (name === 'SIGHUP' && this.#runner?.isElsewhere) this.#end(name)
    else if (this.#asked === null) this.#ask(name)
    else this.#kill(name)
  }

  #ask(name: EndingSignal): void {
    this.#asked = MEANING[name]
    this.#log.info('the run is asked to end; a second signal kills it')
    this.#stopping.abort()
    this.#runner?.signal(this.#asked)
    if (this.#asked === 'SIGTERM') this.#deadline = setTimeout(() => this.#end('SIGTERM'), GRACE_MS).unref()
  }

  #kill(name: EndingSignal): void {
    this.#signals.releaseNext()
    if (this.#runner === null || this.#hasEnded) this.#end(name)
    else {
      this.#log.warn('the runner is killed')
      this.#runner.kill()
    }
  }

  /** By the signal itself: what waits for a store that does not answer heeds nothing else. */
  #end(name: EndingSignal): void {
    this.#signals.dispose()
    process.kill(process.pid, name)
  }
}
