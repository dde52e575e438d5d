import type { Server } from '../../database/database.ts'
import type { ReadRange } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Level } from '../../format/index.ts'
import type { JournalStep } from '../../journal/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import type { StagedRows } from '../stage-rows.ts'

/*
 * What the coordinator of a parallel export and its readers say to each other. A reader is a thread, so all of it is plain data.
 *
 *     coordinator   connect ─▶ run … ─▶ read … ─▶ stop
 *     reader        opened  ◀─ rows  ◀─ staged ◀─ stopped      at any time: journal, progress, note, warn
 */

/** How a reader reaches the database and the store. */
export interface ReaderSource {
  /** The URL of the database, with its password. */
  readonly url: string
  /** From which the login takes what the URL does not say. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The start of relative paths in the URL. */
  readonly folder: string
  /** The setting of the home store, absolute. */
  readonly store: string
  /** The start of relative destinations; null if files do not outlive the run. */
  readonly files: string | null
}

/** What a reader is started with. */
export interface ReaderTask {
  readonly source: ReaderSource
  readonly mark: string
  readonly runId: string
  readonly statement: ExportStatement
}

export interface ReaderSession {
  readonly id: string
  readonly server: Server
}

export type TextRows = readonly (readonly (string | null)[])[]

/** One range to read. */
export interface RangeToRead {
  readonly range: ReadRange
  /** Whether the range has a part even if it has no rows. */
  readonly keepsEmpty: boolean
  readonly level: Level
}

/** What the coordinator asks for. Only `stop` may come before the answer to another question. */
export type Question =
  /** Log in. The next question comes when the session is recorded. */
  | { readonly ask: 'connect' }
  /** Run statements, and answer with the rows of the last one. */
  | { readonly ask: 'run'; readonly statements: readonly string[] }
  | ({ readonly ask: 'read' } & RangeToRead)
  /** Stop the running statement, remove what was staged for the running range, log out, and end. */
  | { readonly ask: 'stop' }

export type ToReader = Question | { readonly written: number; readonly error: ErrorData | null }

export type FromReader =
  | { readonly answer: 'connect'; readonly value: ReaderSession }
  | { readonly answer: 'run'; readonly value: TextRows }
  | { readonly answer: 'read'; readonly value: StagedRows }
  | { readonly answer: 'stop'; readonly value: null }
  | { readonly failed: Question['ask']; readonly error: ErrorData }
  /** A step for the journal, answered with `written`. */
  | { readonly journal: JournalStep; readonly number: number }
  | { readonly progress: RangeProgress }
  | { readonly note: string }
  | { readonly warn: string }

export interface RangeProgress {
  readonly rows: number
  readonly bytes: number
  readonly parts: number
}

/** An error as data. */
export interface ErrorData extends ReturnType<BatchQueryError['toJSON']> {
  readonly exitCode: number
}

export function errorData(thrown: unknown): ErrorData {
  const error = BatchQueryError.from(thrown)
  return { ...error.toJSON(), exitCode: error.exitCode }
}

export const errorOf = ({ code, message, hint, retryable, exitCode }: ErrorData): BatchQueryError =>
  new BatchQueryError(code, message, { ...(hint !== null && { hint }), retryable, exitCode })
