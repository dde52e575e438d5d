/**
 * The documents that the server of `batchquery ui` sends and its page reads, as JSON. Times are ISO 8601, UTC. Sizes are in bytes,
 * durations in seconds. Texts may come from other users of the bucket: the page shows them as text, and never as HTML.
 *
 *     GET  /api/session                               SessionDocument
 *     GET  /api/runs?state&task&database&since&until&before&limit     RunsDocument
 *     GET  /api/details?id&id...                      DetailsDocument; at most 100 ids
 *     GET  /api/runs/ID                               RunDocument
 *     GET  /api/runs/ID/statement                     StatementDocument
 *     GET  /api/runs/ID/log?attempt&from&bytes        LogDocument
 *     GET  /api/runs/ID/log/search?attempt&text&from  LogMatchesDocument
 *     GET  /api/runs/ID/log/download?attempt          DownloadDocument
 *     GET  /api/runs/ID/result                        ResultDocument
 *     GET  /api/runs/ID/exports/N/parts?from&count    PartsDocument; N from 1
 *     GET  /api/runs/ID/exports/N/head?part&rows      HeadDocument; part from 1
 *     GET  /api/runs/ID/exports/N/download?part       DownloadDocument
 *     GET  /api/history?task&limit                    HistoryDocument
 *     GET  /api/manual/TOPIC                          ManualDocument
 *     GET  /api/jobs/JOB                              JobDocument
 *     POST /api/runs/ID/cancel   {}                   JobDocument
 *     POST /api/runs/ID/rerun    RerunRequest         JobDocument
 *     POST /api/runs/ID/reap     ReapRequest          JobDocument
 *     POST /api/runs/ID/verify   VerifyRequest        JobDocument
 *
 * Every request has `authorization: Bearer TOKEN`, and a POST has `content-type: application/json`. An answer of another status than
 * 2xx is an ErrorDocument. Every other path than those of `/api/`, `/assets/` and `/download/` answers with the page.
 */

export type State = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

/** What went wrong, as the command line says it. */
export interface Problem {
  /** Of errors/catalogue.ts, or of a newer batchquery. */
  readonly code: string
  readonly message: string
  readonly hint: string | null
  /** A page of the manual that explains it: TOPIC, or TOPIC#PLACE, where PLACE is a text of the page. */
  readonly manual: string | null
}

export interface ErrorDocument {
  readonly error: Problem
}

export interface SessionDocument {
  /** Of batchquery. */
  readonly version: string
  readonly isReadOnly: boolean
  /** For the user: `Amazon S3`, or the path of the directory. */
  readonly store: string
  readonly bucket: string
  /** `s3://BUCKET`, or the path of its folder. */
  readonly home: string
  /** Where new runs would execute. */
  readonly engine: string
  /** The names of the databases in batchquery.yaml. */
  readonly databases: readonly string[]
  /** Whether `/api/runs` cannot be read now, and why. */
  readonly problem: Problem | null
}

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
  readonly cost: string | null
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
  /** Where it executes, for the user: `process 123 on host`, `container x`, `ECS task arn`. */
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

export interface StatementDocument {
  readonly id: string
  readonly uri: string
  readonly sha256: string | null
  /** Why the text is missing: the task was removed, or has changed since. Null if `files` are the bytes that ran. */
  readonly problem: Problem | null
  /** One for a SQL task or a script that is one file. */
  readonly files: readonly TaskFile[]
  /** Null for a script. */
  readonly sql: SqlDocument | null
  /** The server's plan; null if the run has none. */
  readonly plan: string | null
  readonly command: string
}

export interface TaskFile {
  readonly path: string
  /** UTF-8, at most 1 MiB; null for other bytes. */
  readonly text: string | null
  readonly bytes: number
  readonly isCut: boolean
}

export interface SqlDocument {
  readonly dialect: string
  /** For highlighting, and with the parameters in place: together the text of the task. */
  readonly tokens: readonly Token[]
  readonly statements: readonly StatementOutline[]
  /** Why `statements` is incomplete; null if it is not. */
  readonly problem: Problem | null
}

export interface Token {
  readonly kind: 'keyword' | 'word' | 'string' | 'number' | 'comment' | 'parameter' | 'symbol' | 'space'
  readonly text: string
  /** For a parameter: its value in the run, masked if secret; null if unknown. */
  readonly value?: string | null
}

export interface StatementOutline {
  readonly number: number
  readonly line: number
  /** Its first keyword, in upper case. */
  readonly keyword: string
  /** The export that it makes, resolved: labels and values in the order to show. */
  readonly export: readonly { readonly label: string; readonly value: string }[] | null
}

/**
 * A piece of the log of one attempt. Positions count bytes of the log as it is stored. A piece has whole lines, unless a line is longer
 * than the piece.
 */
export interface LogDocument {
  /** The attempts that have a log. */
  readonly attempts: readonly number[]
  /** The attempt of this piece; 0 if there is no log yet. */
  readonly attempt: number
  /** The position of the first byte of the text. */
  readonly from: number
  /** The position after its last byte. */
  readonly to: number
  /** How many bytes the log has now. */
  readonly bytes: number
  readonly text: string
  /** If it differs from that of an earlier piece, the positions have changed, because the runner removed the middle of a long log. */
  readonly layout: string
  /** Whether the log grows no more. */
  readonly isComplete: boolean
  readonly command: string
}

export interface LogMatchesDocument {
  /** In order, at most 500. */
  readonly matches: readonly LogMatch[]
  /** Continue from this position; null at the end of the log. */
  readonly next: number | null
  readonly layout: string
}

export interface LogMatch {
  /** The position of the line. */
  readonly from: number
  /** At most 500 characters. */
  readonly line: string
}

/** A link that works once, within a minute, and needs no header. */
export interface DownloadDocument {
  readonly url: string
  readonly name: string
  readonly bytes: number | null
}

export interface ResultDocument {
  readonly id: string
  readonly state: State
  readonly exports: readonly ExportDocument[]
  readonly outputs: RunDocument['outputs']
  readonly commands: RunCommands
}

export interface ExportDocument {
  /** From 1. */
  readonly number: number
  readonly uri: string
  readonly mode: 'native' | 'streamed'
  readonly format: string
  readonly compression: string | null
  readonly rows: number
  readonly bytes: number
  readonly partCount: number
  /** The columns of PARTITION BY, the outermost first. */
  readonly partitionedBy: readonly string[]
  readonly manifest: string | null
  /** Null if neither the parts nor the manifest describe them. */
  readonly columns: readonly ColumnDocument[] | null
  /** Dates in no calendar that became NULL. */
  readonly invalidDates: readonly { readonly column: string; readonly count: number }[]
}

export interface ColumnDocument {
  readonly name: string
  readonly type: string
  readonly sourceType: string | null
  readonly isNullable: boolean | null
  /** Of all parts together; null if the manifest does not have it. */
  readonly nulls: number | null
  readonly min: string | null
  readonly max: string | null
}

export interface PartsDocument {
  readonly parts: readonly PartDocument[]
  /** Of all parts. */
  readonly count: number
}

export interface PartDocument {
  /** From 1. */
  readonly number: number
  readonly uri: string
  /** Its key below the destination. */
  readonly name: string
  /** Null if the server wrote it. */
  readonly rows: number | null
  readonly bytes: number
  readonly sha256: string | null
  readonly partition: readonly { readonly column: string; readonly value: string | null }[]
}

export interface HeadDocument {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly isNumber: boolean }[]
  /** Null is NULL. A value has at most 2,000 characters. */
  readonly rows: readonly (readonly (string | null)[])[]
  readonly notes: readonly string[]
  readonly command: string
}

export interface HistoryDocument {
  readonly task: string
  /** The oldest first, at most `limit`, which is at most 500. */
  readonly runs: readonly (RunDetail & { readonly id: string; readonly createdAt: string })[]
  readonly warnings: readonly string[]
  readonly command: string
}

export interface ManualDocument {
  readonly topic: string
  readonly summary: string
  /** Plain text of 80 columns. */
  readonly text: string
  readonly topics: readonly { readonly name: string; readonly summary: string }[]
}

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
  /** Of `cancel` and `reap`: the state of the run now. */
  readonly state?: State
  /** Of `cancel`: whether the sessions of the run are known to be gone on their servers; null if nobody can say. */
  readonly isGone?: boolean | null
  /** Of `rerun`: the id of the new run. */
  readonly run?: string
  /** Of `reap`: exports that it completed or would complete, and those that it aborted or would abort. */
  readonly reap?: {
    readonly isDryRun: boolean
    readonly isDead: boolean
    readonly completed: readonly string[]
    readonly aborted: readonly string[]
  }
  /** Of `verify`: differences between the record and the store; empty if all agree. */
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
