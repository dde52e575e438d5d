import type { Problem, State } from './basics.ts'

/** A run in the list, as the index has it. The texts of an ended run may be cut. */
export interface RunRow {
  readonly id: string
  readonly createdAt: string
  /** Null if neither the index nor a record that the server has read says it. Its detail says it. */
  readonly state: State | null
  /** The code of its error. */
  readonly code: string | null
  /** The task's own name, without its folder. */
  readonly task: string | null
  readonly database: string | null
  /** For a run that has not ended, and for one whose record the server has already read. Otherwise ask for it. */
  readonly detail: RunDetail | null
}

export interface RunsDocument {
  /** The newest first. */
  readonly rows: readonly RunRow[]
  /** The value of `before` for the next, older rows; null after the last ones. */
  readonly next: string | null
  /** Sentences about runs that are missing or damaged. */
  readonly warnings: readonly string[]
  /** By the clock of the server. */
  readonly now: string
  /** The same as a command line. */
  readonly command: string
}

/** The columns of the list that only the record of a run has. */
export interface RunDetail {
  readonly state: State
  /** Whether its runner ended without ending the run. */
  readonly isDead: boolean
  /** As the record has them: not cut. */
  readonly task: string
  readonly database: string | null
  readonly code: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** From its start to its end, or until now; null before it starts. */
  readonly seconds: number | null
  readonly rows: number
  readonly bytes: number
  /** What it cost, such as `$0.12`; null if unknown. */
  readonly cost: string | null
}

/** By id. A run whose record is damaged, of a newer version or gone has a problem instead. */
export interface DetailsDocument {
  readonly details: Readonly<Record<string, RunDetail | { readonly problem: Problem }>>
}

export interface HistoryDocument {
  readonly task: string
  /** The oldest first, at most `limit`, which is at most 500. */
  readonly runs: readonly (RunDetail & { readonly id: string; readonly createdAt: string })[]
  readonly warnings: readonly string[]
  readonly command: string
}
