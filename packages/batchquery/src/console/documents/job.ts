import type { Problem, State } from './basics.ts'

/** Something that the server does for the page. The page asks for it again until it is over. */
export interface JobDocument {
  readonly id: string
  readonly kind: 'cancel' | 'rerun' | 'reap' | 'verify'
  readonly run: string
  readonly state: 'working' | 'done' | 'failed'
  /** What happened so far, in order, at most 200. */
  readonly steps: readonly JobStep[]
  /** Bytes; null if the job does not know it. */
  readonly progress: { readonly done: number; readonly all: number } | null
  readonly outcome: JobOutcome | null
  readonly problem: Problem | null
  readonly command: string
}

export interface JobStep {
  readonly at: string
  readonly text: string
  readonly kind: 'info' | 'warning' | 'error'
}

/** The fields that belong to other kinds of jobs are absent. */
export interface JobOutcome {
  /** Only `cancel` and `reap`: the state of the run now. */
  readonly state?: State
  /** Only `cancel`: whether the sessions of the run are known to be gone on their servers; null if no configured database can say. */
  readonly isGone?: boolean | null
  /** Only `rerun`: the id of the new run. */
  readonly run?: string
  /** Only `reap`: exports that it completed or would complete, and those that it aborted or would abort. */
  readonly reap?: {
    readonly isDryRun: boolean
    readonly isDead: boolean
    readonly completed: readonly string[]
    readonly aborted: readonly string[]
  }
  /** Only `verify`: the first 1,000 differences between the record and the store; empty if all agree. */
  readonly differences?: readonly { readonly uri: string; readonly message: string }[]
}

export interface RerunRequest {
  /** Values for parameters; all others are those of the run. Secret values go only into the environment of the runner. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Variables of a script. */
  readonly variables?: Readonly<Record<string, string>>
  /** A name of the session's databases. */
  readonly database?: string
  readonly timeoutSeconds?: number | null
}

export interface ReapRequest {
  /** Only finds out what a reap would do. */
  readonly dryRun: boolean
}

export interface VerifyRequest {
  /** An export, from 1. Without it, all. */
  readonly export?: number
}
