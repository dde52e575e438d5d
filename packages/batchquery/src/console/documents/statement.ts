import type { Problem } from './basics.ts'

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
  /** How several sessions read the rows of an export, as planned before they began: the latest 10. Empty if one session reads. */
  readonly plans: readonly PlanDocument[]
  readonly command: string
}

export interface PlanDocument {
  readonly uri: string
  readonly attempt: number
  /** The table that is divided, and what divides it. */
  readonly source: string
  readonly key: string
  readonly consistency: 'SNAPSHOT' | 'NONE'
  readonly readers: number
  /** By the statistics of the database; null if they do not say. */
  readonly rows: number | null
  readonly bytes: number | null
  /** How the server reads, in its own words: a line for each table. */
  readonly access: readonly string[]
  /** `ranges` has the first 500. */
  readonly rangeCount: number
  readonly ranges: readonly {
    readonly number: number
    readonly where: string
    readonly rows: number | null
  }[]
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
