import { cellText } from './cell-text.ts'
import type { Output } from './output.ts'

/** The size of a terminal; 0 if unknown. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

const UP = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A`)
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'
const CLEAR_ALL = '\u001b[2J\u001b[H'

/** Lines on a terminal that are redrawn in place. */
export class Screen {
  readonly #output: Output
  readonly #size: TerminalSize
  #drawn = 0
  #columns = 0

  /** @param size must always have the present size */
  constructor(output: Output, size: TerminalSize) {
    this.#output = output
    this.#size = size
  }

  /** Erases the lines, so that other output can appear above them. */
  async clear(): Promise<void> {
    await this.#output.write(`${UP(this.#drawn)}\r${CLEAR_BELOW}`)
    this.#drawn = 0
  }

  async draw(text: string): Promise<void> {
    const { columns } = this.#size
    // A resized terminal has wrapped the lines again: their number is unknown.
    const isResized = this.#drawn > 0 && columns !== this.#columns
    const lines = fittingLines(text.split('\n'), this.#size)
    const start = isResized ? CLEAR_ALL : `${UP(this.#drawn)}\r`
    const drawn = lines.map(line => `${line}${CLEAR_LINE}\n`).join('')
    await this.#output.write(`${start}${drawn}${CLEAR_BELOW}`)
    this.#drawn = lines.length
    this.#columns = columns
  }
}

/** As many lines as fit, each cut to the width. The last line of the terminal is for the cursor. */
export function fittingLines(lines: readonly string[], { columns, rows }: TerminalSize): readonly string[] {
  const most = rows > 2 ? rows - 1 : Number.POSITIVE_INFINITY
  const shown =
    lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more`]
  return columns > 1 ? shown.map(line => cellText(line, columns - 1, false)) : shown
}
