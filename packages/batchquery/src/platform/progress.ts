import type { WriteStream } from 'node:tty'
import prettyBytes from 'pretty-bytes'
import { durationText } from './duration.ts'

/** Milliseconds. */
export interface ProgressIntervals {
  /** How often the line is drawn on a terminal. */
  readonly terminal: number
  /** How often a line is logged elsewhere. */
  readonly log: number
  /** After how long without progress a line is logged elsewhere. The last value repeats. */
  readonly waiting: readonly [number, ...number[]]
}

const INTERVALS: ProgressIntervals = {
  terminal: 200,
  log: 10_000,
  waiting: [30_000, 60_000, 120_000, 300_000],
}
/** No line appears on a terminal for an export that ends sooner. */
const SHOWN_AFTER_SECONDS = 1

export interface ProgressCounts {
  readonly rows: number
  readonly bytes: number
  readonly parts: number
  /** Only an export that several sessions read has them. */
  readonly ranges?: RangeCounts | undefined
}

export interface RangeCounts {
  readonly done: number
  readonly all: number
  /** The rows of all ranges; null without an estimate. */
  readonly expectedRows: number | null
}

/**
 * Shows the progress of an export: one line that is redrawn on a terminal, elsewhere a line every 10 s. Until
 * something has arrived, it says what the export waits for; elsewhere at growing intervals.
 */
export class ProgressLine {
  readonly #terminal: WriteStream | null
  readonly #say: (line: string) => void
  readonly #intervals: ProgressIntervals
  #timer: NodeJS.Timeout | undefined
  #drawn = false

  /**
   * @param terminal null if there is none
   * @param say takes the lines if there is no terminal
   */
  constructor(
    terminal: WriteStream | null,
    say: (line: string) => void,
    intervals: Partial<ProgressIntervals> = {},
  ) {
    this.#terminal = terminal
    this.#say = say
    this.#intervals = { ...INTERVALS, ...intervals }
  }

  /**
   * Shows the values of `counts` from time to time, until `stop`.
   *
   * @param waiting the line until something has arrived, from the elapsed time @default - the counts
   */
  start(counts: () => ProgressCounts, waiting: ((elapsed: string) => string) | null = null): void {
    const terminal = this.#terminal
    const started = performance.now()
    const { rows, bytes, ranges } = counts()
    const { log, terminal: drawn, waiting: steps } = this.#intervals
    const reminders = new Reminders(steps)
    const show = (): void => {
      const passed = performance.now() - started
      const now = counts()
      const isWaiting = waiting !== null && now.rows === rows && now.bytes === bytes
      // The ranges of an earlier export stay as they are.
      const read = now.ranges === ranges || !now.ranges ? [] : rangeTexts(now.ranges, now.rows - rows, passed)
      const line = isWaiting
        ? waiting(elapsedText(passed / 1000))
        : [describe(now, passed / 1000), ...read].join(', ')
      if (terminal === null) {
        if (!isWaiting || reminders.isDue(passed)) this.#say(line)
      } else if (!isWaiting || passed >= SHOWN_AFTER_SECONDS * 1000) this.#draw(terminal, line)
    }
    this.#timer = setInterval(show, terminal === null ? log : drawn).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.clear()
  }

  /** Clears the line to make room for other output; the line returns by itself. */
  clear(): void {
    if (!this.#drawn || this.#terminal === null) return
    this.#terminal.cursorTo(0)
    this.#terminal.clearLine(0)
    this.#drawn = false
  }

  #draw(terminal: WriteStream, line: string): void {
    terminal.cursorTo(0)
    // A terminal that does not know its width reports 0.
    terminal.write(terminal.columns > 0 ? line.slice(0, terminal.columns - 1) : line)
    terminal.clearLine(1)
    this.#drawn = true
  }
}

/** The times at which a waiting line is repeated. */
class Reminders {
  readonly #steps: readonly [number, ...number[]]
  #reminded = 0

  constructor(steps: readonly [number, ...number[]]) {
    this.#steps = steps
  }

  /** @param passed milliseconds */
  isDue(passed: number): boolean {
    const last = this.#steps.at(-1) ?? this.#steps[0]
    const next =
      this.#steps.find(step => step > this.#reminded) ?? (Math.floor(this.#reminded / last) + 1) * last
    if (passed < next) return false
    this.#reminded = passed
    return true
  }
}

/** `25 s`, `1:15` */
function elapsedText(seconds: number): string {
  return seconds < 60 ? `${Math.floor(seconds)} s` : minutesText(seconds)
}

const minutesText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`

/** `5/12 ranges`, `about 4 min left` */
function rangeTexts({ done, all, expectedRows }: RangeCounts, rows: number, passed: number): string[] {
  const left = expectedRows === null ? null : timeLeft(rows, expectedRows, passed / 1000)
  return [`${done}/${all} ranges`, ...(left === null ? [] : [`about ${durationText(left)} left`])]
}

/** Seconds until all rows have come at the present rate; null if that is unknown. */
export function timeLeft(rows: number, expectedRows: number, seconds: number): number | null {
  const isKnown = rows > 0 && seconds > 0 && rows < expectedRows
  return isKnown ? Math.max(1, Math.round(((expectedRows - rows) / rows) * seconds)) : null
}

/** `1,234,567 rows (812,000/s), 45.1 MB (30.2 MB/s), 2 parts, 1:15` */
export function describe({ rows, bytes, parts }: ProgressCounts, seconds: number): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US')
  const perSecond = (value: number) => (seconds > 0 ? value / seconds : 0)
  return [
    `${count(rows)} rows (${count(perSecond(rows))}/s)`,
    `${prettyBytes(bytes)} (${prettyBytes(perSecond(bytes))}/s)`,
    `${parts} part${parts === 1 ? '' : 's'}`,
    minutesText(seconds),
  ].join(', ')
}
