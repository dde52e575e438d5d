import { type EndingSignal, EndingSignals, type Log } from '../platform/index.ts'
import type { Interruption, SignaledRunner } from '../submit/execute-run.ts'

const MEANING = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' } as const

/** The sender of SIGTERM may send SIGKILL soon. The runner ends within 23 s. After that, the store may not answer this process either. */
const GRACE_MS = 25_000

/**
 * Passes the signals of this process on to the runner, from before its start until its end:
 *
 *     none ──first──▶ requested (the runner ends by itself) ──second──▶ the runner is killed ──third──▶ this process ends, too
 *
 * SIGHUP, when the terminal closes, counts as SIGTERM. A runner elsewhere does not get it, and continues.
 */
export class RunnerSignals implements Interruption {
  readonly #log: Log
  readonly #signals = new EndingSignals(name => this.#receive(name))
  #runner: SignaledRunner | null = null
  #hasEnded = false
  #requested: 'SIGINT' | 'SIGTERM' | null = null
  readonly #stopping = new AbortController()
  #deadline: NodeJS.Timeout | undefined

  constructor(log: Log) {
    this.#log = log
  }

  get requested(): 'SIGINT' | 'SIGTERM' | null {
    return this.#requested
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  passOnTo(runner: SignaledRunner): void {
    this.#runner = runner
    const end = () => {
      this.#hasEnded = true
    }
    runner.exitCode.then(end, end)
    if (this.#requested !== null) runner.signal(this.#requested)
  }

  /** Restores the reactions of the process to signals. */
  dispose(): void {
    clearTimeout(this.#deadline)
    this.#signals.dispose()
  }

  #receive(name: EndingSignal): void {
    if (name === 'SIGHUP' && this.#runner?.isElsewhere) this.#end(name)
    else if (this.#requested === null) this.#request(name)
    else this.#kill(name)
  }

  #request(name: EndingSignal): void {
    this.#requested = MEANING[name]
    this.#log.info('asked the run to end; a second signal kills it')
    this.#stopping.abort()
    this.#runner?.signal(this.#requested)
    if (this.#requested === 'SIGTERM')
      this.#deadline = setTimeout(() => this.#end('SIGTERM'), GRACE_MS).unref()
  }

  #kill(name: EndingSignal): void {
    this.#signals.releaseNext()
    if (this.#runner === null || this.#hasEnded) this.#end(name)
    else {
      this.#log.warn('killed the runner')
      this.#runner.kill()
    }
  }

  /** Ends this process by the signal itself: code that waits for a store that does not answer reacts to nothing else. */
  #end(name: EndingSignal): void {
    this.#signals.dispose()
    process.kill(process.pid, name)
  }
}
