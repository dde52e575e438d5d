import { BatchQueryError } from '../errors/index.ts'
import type { FormatPlan } from '../format/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import type { Server, Session } from './database.ts'

/** How servers of a dialect write to S3 by themselves. */
export interface NativeExport {
  /** The names of the objects that they write; null for the names of a streamed export. */
  readonly names: NativeNames | null
  /** A run lets such a server export without being asked to, because its result equals a streamed one. */
  isUsual(server: Server): boolean
  /** Why the server cannot do what the statement asks for; null if it can. @param format of the statement */
  obstacle(statement: ExportStatement, format: FormatPlan, server: Server): string | null
  /** Loads the rest. */
  load(): Promise<NativeWriter>
}

/** How a server names the objects that it writes under a prefix. */
export interface NativeNames {
  /** The beginning of the keys of all parts. */
  readonly listed: (prefix: string) => string
  readonly isPart: (prefix: string, key: string) => boolean
  /** @param at from 0 */
  readonly part: (prefix: string, at: number) => string
  /** Null if the server writes no manifest. */
  readonly manifest: ((prefix: string) => string) | null
}

export interface NativeWriter {
  /**
   * Looks at everything that the server needs for it. It activates a role that the user has, for this session.
   *
   * @throws as `Session.execute`
   */
  needs(session: Session): Promise<readonly NativeNeed[]>
  /**
   * Makes the statement that exports. The returned function runs it, and throws as `Session.execute`.
   *
   * @throws UNSUPPORTED_CLAUSE
   */
  prepare(request: NativeRequest): (session: Session, overwrite: boolean) => Promise<NativeAnswer>
}

export interface NativeRequest {
  readonly statement: ExportStatement
  /** The query alone, ready to run. */
  readonly query: string
  /** `s3://bucket/prefix` */
  readonly uri: string
  readonly bucket: string
  readonly prefix: string
  readonly format: FormatPlan
  readonly server: Server
}

/** The server's own count of what it has written; null if it does not report it. */
export interface NativeAnswer {
  readonly rows: number
  readonly files: number | null
  readonly bytes: number | null
}

/** One thing that a server's own export needs. */
export interface NativeNeed {
  readonly what: string
  readonly isMet: boolean
  /** The next step if it is not met. */
  readonly repair: string
}

export const firstUnmet = (needs: readonly NativeNeed[]): NativeNeed | null =>
  needs.find(({ isMet }) => !isMet) ?? null

/** @throws PERMISSION for the first need that is not met */
export function refuseUnmet(needs: readonly NativeNeed[]): void {
  const unmet = firstUnmet(needs)
  if (unmet === null) return
  throw new BatchQueryError('PERMISSION', `a native export needs ${unmet.what}`, {
    hint: `${unmet.repair} Or stream the rows: --mode streamed.`,
  })
}
