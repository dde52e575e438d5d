import { isMaskable, redact } from './redact.ts'

/**
 * The entries on stderr: quiet = warnings, errors and their hints; normal = information too; verbose = everything, with
 * the time.
 */
export type LogLevel = 'quiet' | 'normal' | 'verbose'

/** Takes one entry, which ends with a line feed. Must not throw. */
export type LogSink = (entry: string) => void

/** The stream of a script that a line was written to. */
export type OutputSource = 'OUT' | 'ERR'

type Severity = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'HINT'

const ON_STDERR: Record<LogLevel, ReadonlySet<Severity>> = {
  quiet: new Set(['WARN', 'ERROR', 'HINT']),
  normal: new Set(['INFO', 'WARN', 'ERROR', 'HINT']),
  verbose: new Set(['DEBUG', 'INFO', 'WARN', 'ERROR', 'HINT']),
}

const STDERR_PREFIX: Record<Severity, string> = {
  DEBUG: '',
  INFO: '',
  WARN: 'warning: ',
  ERROR: 'error: ',
  HINT: '',
}

/** In characters. A longer text is cut, so that one hostile value cannot fill the log. */
const LONGEST_TEXT = 16_384

const SHORT_SECRET =
  'a secret has fewer than 4 characters, so the log does not mask it, because it would mask too much. Choose a longer secret.'

/**
 * The log of a process: on stderr, and in the run's log while the process owns a run. It masks secrets and shows
 * control characters in every text. It indents the second and further lines of a text, so no text can imitate an
 * entry.
 */
export class Log {
  readonly #level: LogLevel
  readonly #stderr: LogSink
  readonly #sinks = new Set<LogSink>()
  readonly #secrets = new Set<string>()
  #hasShortSecret = false

  /** @param stderr takes the entries that the level shows */
  constructor(level: LogLevel, stderr: LogSink) {
    this.#level = level
    this.#stderr = stderr
  }

  debug(text: string): void {
    this.#say('DEBUG', text)
  }
  info(text: string): void {
    this.#say('INFO', text)
  }
  /** @param hint what to do about it */
  warn(text: string, hint: string | null = null): void {
    this.#say('WARN', text)
    if (hint !== null) this.#say('HINT', `hint: ${hint}`)
  }
  error(text: string): void {
    this.#say('ERROR', text)
  }
  /** Logs an error and its hint. Each level that shows the error shows the hint too. */
  failure({ message, hint }: { readonly message: string; readonly hint: string | null }): void {
    this.#say('ERROR', message)
    if (hint !== null) this.#say('HINT', `hint: ${hint}`)
  }

  /**
   * Masks this value from now on, wherever it would appear. Warns once about a value that is too short to mask.
   *
   * @param spellings other ways in which it may appear
   */
  addSecret(value: string, spellings: Iterable<string> = []): void {
    if (isMaskable(value)) for (const spelling of [value, ...spellings]) this.#secrets.add(spelling)
    else if (value !== '' && !this.#hasShortSecret) {
      this.#hasShortSecret = true
      this.warn(SHORT_SECRET)
    }
  }

  /** Masks secrets in a text for another place: the run record, a document on stdout. */
  redact(text: string): string {
    return redact(text, this.#secrets)
  }

  /**
   * Adds a sink that gets what `normal` shows, and more only with `verbose`; each entry with time and severity. The
   * sink also gets the warning about a secret that is not masked.
   *
   * @returns a function that removes the sink
   */
  attach(sink: LogSink): () => void {
    this.#sinks.add(sink)
    if (this.#hasShortSecret) sink(entryOf('WARN', SHORT_SECRET))
    return () => this.#sinks.delete(sink)
  }

  /**
   * Writes lines of a script to the sinks without cutting them. Masks secrets also if they span several of these
   * lines.
   *
   * @returns the lines without secrets, for stdout or stderr, if this log does not show them
   */
  output(source: OutputSource, lines: readonly string[]): string[] {
    if (lines.length === 0) return []
    const shown = this.redact(lines.join('\n')).split('\n')
    const time = new Date().toISOString()
    for (const line of shown) {
      const entry = `${time} ${source} ${visible(line)}\n`
      for (const sink of this.#sinks) sink(entry)
    }
    return shown
  }

  #say(severity: Severity, text: string): void {
    const line = visible(cut(this.redact(text)))
    if (ON_STDERR[this.#level].has(severity)) {
      const time = this.#level === 'verbose' ? `${new Date().toISOString()} ` : ''
      this.#stderr(`${time}${STDERR_PREFIX[severity]}${line}\n`)
    }
    if (severity === 'DEBUG' && this.#level !== 'verbose') return
    for (const sink of this.#sinks) sink(entryOf(severity, line))
  }
}

const entryOf = (severity: Severity, line: string): string =>
  `${new Date().toISOString()} ${severity === 'HINT' ? 'INFO' : severity} ${line}\n`

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT)}... (${text.length - LONGEST_TEXT} more characters)`

/**
 * Makes a foreign text safe for a terminal: control characters, and those that change the direction of the text,
 * become `\u001b` and the like. Tabs stay. Further lines are indented.
 */
export const visible = (text: string): string =>
  text
    .trimEnd()
    .replace(
      /[^\P{Cc}\t\n]|[\u2028-\u202e\u2066-\u2069]/gu,
      character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('\n', '\n  ')
