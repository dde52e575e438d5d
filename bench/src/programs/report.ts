import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** The report of a program of the bench: one line of JSON on stdout. */
export interface ProgramReport {
  /** From sending the query to writing the last byte. */
  readonly seconds: number
  /** User and system time in between. */
  readonly cpuSeconds: number
  readonly gcSeconds: number
  /** VmHWM of the whole process. 0 if there is no /proc. */
  readonly peakMegabytes: number
  /** The bytes read or written, as the program defines it. */
  readonly bytes: number
  readonly rows: number
  /** How long the store synced after the last byte (fdatasync). For S3 this is part of `seconds`. */
  readonly syncSeconds: number
}

/** A clock for one piece of work of this process. It starts on construction. */
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
   * Prints the report of the work, which has ended.
   *
   * @param lastByteAt when the work had ended except for the sync, by `performance.now()`
   */
  async report(
    { rows = 0, bytes }: { rows?: number; bytes: number },
    lastByteAt: number | null = null,
  ): Promise<void> {
    const ended = performance.now()
    const { user, system } = process.cpuUsage(this.#cpu)
    // The collector delivers its entries later than they happen.
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
