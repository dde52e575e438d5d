import type { Log } from '../platform/index.ts'
import type { OwnedRecord } from './owned-record.ts'
import type { OutputRecord, Progress, RunRecord } from './record.ts'

const MOST_IN_RECORD = 100
const WARNING_CHARACTERS = 500

/** What a run notes of itself in its record while it works. Each note is in memory until the next change or heartbeat writes it. */
export class RunNotes {
  readonly #record: OwnedRecord
  readonly #log: Log

  constructor(record: OwnedRecord, log: Log) {
    this.#record = record
    this.#log = log
  }

  get #current(): RunRecord {
    return this.#record.current
  }

  /** Adds to the counts in memory. */
  addProgress(added: Partial<Omit<Progress, 'ranges'>>): void {
    const { rows, bytes, parts, ranges } = this.#current.progress
    this.#record.set({
      progress: {
        ...(ranges && { ranges }),
        rows: rows + (added.rows ?? 0),
        bytes: bytes + (added.bytes ?? 0),
        parts: parts + (added.parts ?? 0),
      },
    })
  }

  /** Sets in memory how many ranges of an export are read. */
  rangesRead(ranges: NonNullable<Progress['ranges']>): void {
    this.#record.set({ progress: { ...this.#current.progress, ranges } })
  }

  /** Says which statement of the task runs from now on. */
  beginStatement(number: number, line: number): void {
    this.#record.set({ statement: { number, line, since: new Date().toISOString() } })
  }

  /** Adds an output that a script reported; the record keeps the first 100. */
  addOutput({ uri, rows, bytes }: OutputRecord): void {
    const { outputs } = this.#current
    if (outputs.length < MOST_IN_RECORD)
      this.#record.set({ outputs: [...outputs, { uri: this.#log.redact(uri), rows, bytes }] })
  }

  /** Writes a warning to the log and the record. The record keeps the first 100, and 500 characters of each. */
  warn(text: string): void {
    this.#log.warn(text)
    const { warnings } = this.#current
    if (warnings.length < MOST_IN_RECORD) {
      this.#record.set({ warnings: [...warnings, cut(this.#log.redact(text))] })
    }
  }
}

const cut = (text: string): string =>
  text.length <= WARNING_CHARACTERS ? text : `${text.slice(0, WARNING_CHARACTERS)} ...`
