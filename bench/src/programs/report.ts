import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a program of the bench says of itself: one line of JSON on stdout. */
export interface ProgramReport {
  /** From the query sent to the last byte where it belongs. */
  readonly seconds: number
  /** User and system time in between. */
  readonly cpuSeconds: number
  readonly gcSeconds: number
  /** VmHWM of the whole process; 0 where there is no /proc. */
  readonly peakMegabytes: number
  /** What was read or written, by the program's own meaning. */
  readonly bytes: number
  readonly rows: number
  /** How long the store made sure of it after the last byte (fdatasync); inside of `seconds` for S3. */
  readonly syncSeconds: number
}

/** A clock on one piece of work of this process. Started when it is made. */
export class Stopwatch {
  readonly #observer: PerformanceObserver
  readonly #cpu = process.cpuUsage()
  readonly #started = performance.now()
  #gcMs = 0

  constructor() {
    this.#observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries()) this.#gcMs += entry.duration
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /**
   * Prints the report of the work, which is over now.
   *
   * @param lastByteAt when the work was over but for making sure of it, by `performance.now()`
   */
  async report(
    { rows = 0, bytes }: { rows?: number; bytes: number },
    lastByteAt: number | null = null,
  ): Promise<void> {
    const ended = performance.now()
    const { user, system } = process.cpuUsage(this.#cpu)
    // the entries of the collector are handed over later than they happen
    await sleep(20)
    this.#observer.disconnect()
    const over = lastByteAt ?? ended
    const report: ProgramReport = {
      seconds: (over - this.#started) / 1000,
      cpuSeconds: (user + system) / 1e6,
      gcSeconds: this.#gcMs / 1000,
      peakMegabytes: peakMegabytes(),
      bytes,
      rows,
      syncSeconds: (ended - over) / 1000,
    }
    process.stdout.write(`${JSON.stringify(report)}\n`)
  }
}

function peakMegabytes(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    return Number(kilobytes ?? 0) / 1000
  } catch {
    return 0
  }
}
