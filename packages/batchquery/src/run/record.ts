import type { ErrorDocument } from '../errors/index.ts'

/**
 *     QUEUED ──claim──▶ RUNNING ──▶ SUCCEEDED
 *        └─────────────────┴──────▶ FAILED | CANCELLED
 *
 * The words are Athena's. The last three are final.
 */
export type RunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

/**
 *     STAGED ──▶ COMMITTING ──▶ PUBLISHED
 *        └──▶ ABORTED
 *
 * From COMMITTING on an export only goes forward.
 */
export type ExportState = 'STAGED' | 'COMMITTING' | 'PUBLISHED' | 'ABORTED'

export interface PartRecord {
  readonly uri: string
  /** Null where the server wrote the part itself. */
  readonly rows: number | null
  readonly bytes: number
  readonly sha256: string | null
}

export interface ExportRecord {
  readonly uri: string
  readonly mode: 'native' | 'streamed'
  readonly format: 'CSV' | 'TEXT'
  readonly state: ExportState
  readonly rows: number
  readonly bytes: number
  /** The first 100; the ledger has them all. */
  readonly parts: readonly PartRecord[]
  /** The manifest's URI, null without MANIFEST ON. */
  readonly manifest: string | null
}

export interface DatabaseRecord {
  readonly dialect: string
  /** Kind and version, `mariadb 10.11.19-MariaDB`; null before the login. */
  readonly server: string | null
  readonly host: string
  readonly name: string
  readonly sessions: readonly string[]
}

/** `runs/<id>/run.json`, version 1. Times are ISO 8601, UTC. */
export interface RunRecord {
  readonly version: 1
  readonly id: string
  readonly state: RunState
  /** 0 before the first claim. */
  readonly attempt: number
  readonly task: {
    readonly bucket: string
    readonly key: string
    readonly versionId: string | null
    readonly sha256: string | null
  }
  readonly args: readonly string[]
  readonly params: Readonly<Record<string, string>>
  /** What the submitter asked for; null leaves it to the runner's own configuration. */
  readonly request: {
    readonly database: string | null
    readonly timeoutSeconds: number | null
    readonly pin: string | null
  }
  readonly engine: { readonly name: string }
  readonly runner: { readonly host: string; readonly pid: number; readonly version: string } | null
  readonly databases: readonly DatabaseRecord[]
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly heartbeatAt: string | null
  readonly exitCode: number | null
  readonly error: ErrorDocument | null
  readonly warnings: readonly string[]
  readonly progress: { readonly rows: number; readonly bytes: number; readonly parts: number }
  readonly exports: readonly ExportRecord[]
  /** The key of the log. */
  readonly log: string | null
}
