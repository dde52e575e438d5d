import type { Block, BlockPool, FormatPlan, TypedColumn } from '../format/index.ts'

/** The SQL dialects; also the schemes of database URLs. */
export type Dialect = 'mysql' | 'postgres' | 'duckdb'

/** What answers behind the dialect, as the server says itself. */
export type ServerKind =
  | 'mysql'
  | 'mariadb'
  | 'aurora-mysql'
  | 'postgres'
  | 'rds-postgres'
  | 'aurora-postgres'
  | 'duckdb'

export interface Server {
  readonly kind: ServerKind
  /** As the server gives it, for instance `10.11.19-MariaDB`. */
  readonly version: string
  /** Of PostgreSQL: how the database stores text, for instance `UTF8`. */
  readonly encoding?: string
}

/**
 * A database that can be logged in to. Making one opens nothing; `connect` may be called any number of times.
 */
export interface Database {
  readonly dialect: Dialect
  /** For people and records: `host:port` (a socket's path, a file's path), never a password. */
  readonly host: string
  /** The schema or database name; empty where none is chosen. */
  readonly name: string

  /**
   * Logs in.
   *
   * @param mark stands in every statement of the session (PostgreSQL: as application_name), so that another
   *   process can tell this run's statements from others.
   * @param signal gives the login up @default - nothing does
   * @param waiting while the server cannot be reached the login is tried again, and this takes a sentence that says so
   *   @default - the first failure is thrown
   * @throws AUTHENTICATION, PERMISSION, TLS, INSECURE, DATABASE_UNREACHABLE, DATABASE_LOCKED; the signal's reason
   */
  connect(mark: string, signal?: AbortSignal, waiting?: (text: string) => void): Promise<Session>

  /**
   * Ends what is left of sessions whose process died, and settles when the server lists none of them any more. A
   * session that does not bear the mark is somebody else's by now, and is left alone. What the dead process left on
   * this machine for an embedded database is removed.
   *
   * @param ids as `Session.id` gave them
   * @throws as `connect`; DATABASE_LOST where one is still there after 15 s
   */
  endSessions(ids: readonly string[], mark: string): Promise<void>
}

/** One login. Statements run one after the other; a call while another one runs is a defect of the caller. */
export interface Session {
  readonly dialect: Dialect
  readonly server: Server
  /** The server's id of this session (connection id, backend pid), known before any statement of the task starts. */
  readonly id: string
  /**
   * How the session reads strings now: the value of `sql_mode` or `standard_conforming_strings`, as the server has
   * reported it by itself. Null where that is not known, and for duckdb, which has no such setting.
   */
  readonly stringSetting: string | null

  /**
   * What the server says that it does for the running statement. Null until it was asked, as it is once nothing has been heard of
   * the statement for a minute, and for duckdb.
   */
  readonly doing: string | null

  /**
   * Runs a statement to its end. Of every result set the first `previewRows` rows are kept as text, the rest is
   * read and counted.
   *
   * @param late given when another statement may follow, which must not see that anything was asked in between: takes
   *   the warnings that cannot be read unseen, when `deliverLateWarnings` is called
   * @throws QUERY_FAILED, DATABASE_LOST, PERMISSION, CANCELLED (when `cancel` was called)
   */
  execute(sql: string, previewRows: number, late?: LateWarnings): Promise<StatementOutcome>

  /**
   * Names the export that comes first or, before an export starts, the one after it. So the session is prepared for it at
   * a moment when no statement can see that. An export that was not announced runs all the same.
   */
  announce(next: ExportNeeds): Promise<void>

  /** Reads the warnings that had to wait. For the end of a task: a statement that follows may see that it was asked. */
  deliverLateWarnings(): Promise<void>

  /**
   * Starts a query whose rows come encoded. Settles when the server has named the columns, so an error in the
   * query shows here; errors after that come from the stream.
   *
   * @throws as `execute`, and UNSUPPORTED_CLAUSE
   */
  stream(sql: string, options: StreamOptions): Promise<RowStream>

  /**
   * Stops the running statement through a second connection, and settles when the server confirms that it is
   * gone, also where its rows were not being read. The call that ran it rejects with CANCELLED, at once. Without a
   * running statement it does nothing.
   *
   * @throws as `Database.endSessions`
   */
  cancel(): Promise<void>

  /** Logs out. Safe to call twice, and after an error. */
  close(): Promise<void>
}

export interface StatementOutcome {
  readonly results: readonly ResultPreview[]
  /** Rows changed, where the statement says so. */
  readonly affectedRows: number | null
  readonly warnings: readonly ServerWarning[]
  /** How many warnings the server counts beyond those. */
  readonly unlisted: number
}

export interface ResultPreview {
  readonly columns: readonly string[]
  /** The first rows; null stands for NULL. */
  readonly rows: readonly (readonly (string | null)[])[]
  /** All rows of the result, those that were not kept included. */
  readonly rowCount: number
}

export interface ServerWarning {
  readonly code: string
  readonly message: string
  /** True where it means that rows are missing from a result (a run with such a warning has failed). */
  readonly rowsMissing: boolean
}

export type LateWarnings = (warnings: readonly ServerWarning[]) => void

/** What the server must know of an export before it starts the query. */
export type ExportNeeds = Pick<FormatPlan, 'text' | 'characterSet'>

/** How the rows of a query are encoded. A driver knows no format: the plan describes the text that it needs, and makes the encoder. */
export interface StreamOptions {
  readonly format: FormatPlan
  readonly pool: BlockPool
  /** The most bytes of a part, its start and its end included. */
  readonly maxPartBytes: number
}

/** The rows of a running query, encoded. */
export interface RowStream {
  readonly columns: readonly TypedColumn[]
  /** What every part begins with, a HEADER line for instance. It is in no block. */
  readonly partStart: Uint8Array
  /**
   * The blocks, in order. Leaving the loop early stops the query, like `Session.cancel`. The iteration ends only
   * when the server has said that the result is complete; otherwise it throws.
   */
  [Symbol.asyncIterator](): AsyncIterator<Block, void, void>
  /** Valid after the iteration ended: the rows that the driver counted as they arrived, apart from the encoder's own count. */
  readonly rowsRead: number
  readonly warnings: readonly ServerWarning[]
}
