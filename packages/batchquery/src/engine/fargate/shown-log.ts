import type { LogLevel } from '../../platform/index.ts'

/** Where what a runner elsewhere wrote is shown here. */
export interface Screen {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** An entry of a run's log, or a further line of one. */
const ENTRY = /^\d{4}-\d\d-\d\dT[\d:.]+Z (DEBUG|INFO|WARN|ERROR|OUT|ERR) (.*)$/
const PREFIX: Readonly<Record<string, string>> = { WARN: 'warning: ', ERROR: 'error: ' }
const ON_QUIET = /^(WARN|ERROR|OUT|ERR)$/

/** Shows the log of a run as the runner would have shown it here: a script's own lines apart, the times left out. */
export class ShownLog {
  readonly #screen: Screen
  readonly #talk: LogLevel
  #rest = ''
  #show: ((line: string) => void) | null = null

  /** @param screen `stdout` is for what a script writes there */
  constructor(screen: Screen, talk: LogLevel) {
    this.#screen = screen
    this.#talk = talk
  }

  /** The next piece, which may end anywhere. */
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
