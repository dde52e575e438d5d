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
  /** Null for an ended run of an earlier version, and if the index has cut a text. Then ask for it. */
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
  /** Its name, or its path below `script/`. */
  readonly task: string
  /** Its address. Null if only the index was read. */
  readonly taskUri: string | null
  readonly database: string | null
  readonly code: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** From its start to its end, or until now; null before it starts. */
  readonly seconds: number | null
  readonly rows: number
  readonly bytes: number
  readonly cost: CostDocument | null
}

/** About what an ECS task costs on demand. Null on other engines, and before its runner has started. */
export interface CostDocument {
  /** `~$0.0123` */
  readonly text: string
  /** The region or the file that the prices come from. */
  readonly prices: string
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
