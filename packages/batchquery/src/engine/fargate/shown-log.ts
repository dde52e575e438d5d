import type { LogLevel } from '../../platform/index.ts'

/** Shows here what a runner elsewhere wrote. */
export interface Screen {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** The first line of an entry in the log of a run. */
const ENTRY = /^\d{4}-\d\d-\d\dT[\d:.]+Z (DEBUG|INFO|WARN|ERROR|OUT|ERR) (.*)$/
const PREFIX: Readonly<Record<string, string>> = { WARN: 'warning: ', ERROR: 'error: ' }
const ON_QUIET = /^(WARN|ERROR|OUT|ERR)$/

/** Shows the log of a run as the runner itself would: the lines of a script on their own streams, and no times. */
export class ShownLog {
  readonly #screen: Screen
  readonly #talk: LogLevel
  #rest = ''
  #show: ((line: string) => void) | null = null

  /** @param screen its `stdout` gets only what a script wrote to stdout */
  constructor(screen: Screen, talk: LogLevel) {
    this.#screen = screen
    this.#talk = talk
  }

  /** Shows the next piece, which may end anywhere in a line. */
  write(piece: string): void {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
  }

  #line(line: string): void {
    const [, kind, text] = ENTRY.exec(line) ?? []
    if (kind === undefined) this.#show?.(`${line}\n`)
    else {
      const { stdout, stderr } = this.#screen
      const isShown = this.#talk !== 'quiet' || ON_QUIET.test(kind)
      this.#show = isShown ? (kind === 'OUT' ? stdout : stderr) : null
      this.#show?.(this.#talk === 'verbose' ? `${line}\n` : `${PREFIX[kind] ?? ''}${text}\n`)
    }
  }
}
