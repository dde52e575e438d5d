import { clearLine, cursorTo } from 'node:readline'
import type { WriteStream } from 'node:tty'
import prettyBytes from 'pretty-bytes'

const TERMINAL_MS = 200
const LOG_MS = 10_000

export interface ProgressCounts {
  readonly rows: number
  readonly bytes: number
  readonly parts: number
}

/** Shows how far an export is: one line that is drawn anew on a terminal, a line every 10 s elsewhere. */
export class ProgressLine {
  readonly #terminal: WriteStream | null
  readonly #say: (line: string) => void
  #timer: NodeJS.Timeout | undefined
  #drawn = false

  /**
   * @param terminal null where there is none
   * @param say takes the lines where there is no terminal
   */
  constructor(terminal: WriteStream | null, say: (line: string) => void) {
    this.#terminal = terminal
    this.#say = say
  }

  /** Shows what `counts` answers from time to time, until `stop`. */
  start(counts: () => ProgressCounts): void {
    const started = performance.now()
    const show = (): void => {
      const line = describe(counts(), (performance.now() - started) / 1000)
      if (this.#terminal === null) this.#say(line)
      else this.#draw(this.#terminal, line)
    }
    this.#timer = setInterval(show, this.#terminal === null ? LOG_MS : TERMINAL_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.clear()
  }

  /** Makes room for something else; the line comes back by itself. */
  clear(): void {
    if (!this.#drawn || this.#terminal === null) return
    cursorTo(this.#terminal, 0)
    clearLine(this.#terminal, 0)
    this.#drawn = false
  }

  #draw(terminal: WriteStream, line: string): void {
    cursorTo(terminal, 0)
    // a terminal that does not know its width says 0
    terminal.write(terminal.columns > 0 ? line.slice(0, terminal.columns - 1) : line)
    clearLine(terminal, 1)
    this.#drawn = true
  }
}

/** `1,234,567 rows (812,000/s), 45.1 MB (30.2 MB/s), 2 parts, 1:15` */
export function describe({ rows, bytes, parts }: ProgressCounts, seconds: number): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US')
  const perSecond = (value: number) => (seconds > 0 ? value / seconds : 0)
  const minutes = Math.floor(seconds / 60)
  const elapsed = `${minutes}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`
  return [
    `${count(rows)} rows (${count(perSecond(rows))}/s)`,
    `${prettyBytes(bytes)} (${prettyBytes(perSecond(bytes))}/s)`,
    `${parts} part${parts === 1 ? '' : 's'}`,
    elapsed,
  ].join(', ')
}
