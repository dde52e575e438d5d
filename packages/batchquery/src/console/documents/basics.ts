export type State = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'

/** What went wrong, as the command line says it. */
export interface Problem {
  /** A code of errors/catalogue.ts, or of a newer batchquery. */
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
  /** The version of batchquery. */
  readonly version: string
  readonly isReadOnly: boolean
  /** For the user: `Amazon S3`, or the path of the directory. */
  readonly store: string
  readonly bucket: string
  /** `s3://BUCKET`, or the path of its folder. */
  readonly home: string
  /** The engine of new runs. */
  readonly engine: string
  /** The names of the databases in batchquery.yaml. */
  readonly databases: readonly string[]
  /** Whether `/api/runs` cannot be read now, and why. */
  readonly problem: Problem | null
}

/** A link that works once, within a minute, and needs no header. */
export interface DownloadDocument {
  readonly url: string
  readonly name: string
  readonly bytes: number | null
}

export interface ManualDocument {
  readonly topic: string
  readonly summary: string
  /** Plain text of 80 columns. */
  readonly text: string
  readonly topics: readonly { readonly name: string; readonly summary: string }[]
}
