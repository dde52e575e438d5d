import type { Problem, State } from './basics.ts'
import type { CostDocument } from './run-list.ts'

export interface RunDocument {
  readonly id: string
  readonly state: State
  readonly isDead: boolean
  readonly task: { readonly uri: string; readonly name: string; readonly sha256: string | null }
  readonly args: readonly string[]
  /** Secrets are masked. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
  /** The names of the parameters whose values a rerun needs again, because the record does not have them. */
  readonly withheld: readonly string[]
  /** The names of a script's variables, whose values a rerun needs again. */
  readonly variables: readonly string[]
  readonly database: string | null
  readonly databases: readonly SessionsOfDatabase[]
  readonly engine: string
  readonly timeoutSeconds: number | null
  readonly runner: RunnerDocument | null
  readonly attempts: readonly AttemptDocument[]
  readonly repeats: string | null
  readonly repeatedBy: readonly string[]
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** When its runner last wrote its record. */
  readonly heartbeatAt: string | null
  readonly seconds: number | null
  readonly exitCode: number | null
  readonly problem: Problem | null
  readonly warnings: readonly string[]
  readonly progress: { readonly rows: number; readonly bytes: number; readonly parts: number }
  /** At the last heartbeat; null if nothing was read yet, and in other states than RUNNING. */
  readonly rate: { readonly rowsPerSecond: number; readonly bytesPerSecond: number } | null
  /**
   * The progress at the heartbeats that this server has seen while a page looked at the run, the oldest first, at most 720. The page
   * draws the rate over time of it.
   */
  readonly samples: readonly Sample[]
  /** The ranges that a parallel export reads; null if the run reads none. */
  readonly ranges: { readonly done: number; readonly all: number } | null
  /** Seconds until its end; null without an estimate. */
  readonly etaSeconds: number | null
  /** The statement that runs now; null if none runs, or if the runner does not say. */
  readonly statement: StatementNow | null
  /** Exports whose parts are not all staged, and those in the record, in the order in which they began. */
  readonly exports: readonly ExportProgress[]
  readonly outputs: readonly {
    readonly uri: string
    readonly rows: number | null
    readonly bytes: number | null
  }[]
  readonly cost: CostDocument | null
  /** Whether a cancel was requested. */
  readonly isCancelRequested: boolean
  readonly now: string
  readonly commands: RunCommands
}

export interface Sample {
  readonly at: string
  readonly rows: number
  readonly bytes: number
}

export interface StatementNow {
  /** From 1. */
  readonly number: number
  readonly line: number
  readonly since: string
  readonly seconds: number
}

export interface SessionsOfDatabase {
  readonly dialect: string
  /** Kind and version; null before the login. */
  readonly server: string | null
  readonly host: string
  readonly name: string
  /** The server's ids of its sessions. */
  readonly sessions: readonly string[]
}

export interface RunnerDocument {
  /** The place in which it executes, for the user: `process 123 on host`, `container x`, `ECS task arn`. */
  readonly place: string
  readonly version: string
}

export interface AttemptDocument {
  readonly attempt: number
  readonly place: string
  readonly claimedAt: string | null
}

export interface ExportProgress {
  readonly uri: string
  readonly attempt: number
  readonly number: number
  readonly mode: 'native' | 'streamed'
  readonly format: string
  /** BEGUN: its parts are not all staged. */
  readonly state: 'BEGUN' | 'STAGED' | 'COMMITTING' | 'PUBLISHED' | 'ABORTED'
  readonly rows: number
  readonly bytes: number
  /** The first ones, at most 32. */
  readonly parts: readonly { readonly name: string; readonly rows: number | null; readonly bytes: number }[]
}

/** Command lines that do what the page does. */
export interface RunCommands {
  readonly show: string
  readonly logs: string
  readonly cancel: string
  readonly rerun: string
  readonly reap: string
  readonly verify: string
  readonly get: string
  readonly head: string
}
