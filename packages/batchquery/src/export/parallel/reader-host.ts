import type { Database, Session } from '../../database/database.ts'
import type { Burden } from '../../database/parallel-reads.ts'
import type { ReaderSession, ReaderSource } from './messages.ts'

/** How many ranges of an export are read. */
export interface RangesProgress {
  readonly done: number
  readonly all: number
  /** How many rows the statistics expect in all of them; null if they do not say. */
  readonly expectedRows: number | null
}

/** What PARALLEL needs of the program around an export. */
export interface ReaderHost {
  /** The database of the export's session. */
  readonly database: Database
  /** The same database, and the home store, for threads. */
  readonly source: ReaderSource
  /** All sessions of the run have it. */
  readonly mark: string
  /** Records a session. The session runs no statement of the task before it resolves. */
  readonly opened: (session: ReaderSession) => Promise<void>
  /** The session has ended. */
  readonly closed: (session: Pick<Session, 'id' | 'server'>) => void
  /** Takes the progress whenever it changes. */
  readonly ranges: (progress: RangesProgress) => void
  readonly limits: ReaderLimits
  /** The program of the threads. @default - the one of this package */
  readonly program?: URL
  /** How often the burden of the open moment is logged. Milliseconds. @default 60_000 */
  readonly burdenMs?: number
}

/** What the user allows. */
export interface ReaderLimits {
  /** The most sessions of the export, the task's own included; null for no limit. */
  readonly maxSessions: number | null
  /** From which value on a burden is worth a warning. */
  readonly warnAbove: Readonly<Partial<Record<Burden['kind'], number>>>
}
