import type { Block, BlockPool, FormatPlan, InvalidDates, TypedColumn } from '../format/index.ts'
import type { Dialect } from '../sql/index.ts'

/** The product that speaks the dialect, as the server reports it. */
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
  /** As the server reports it, for instance `10.11.19-MariaDB`. */
  readonly version: string
  /** The encoding in which the database stores text, for instance `UTF8`; only on PostgreSQL. */
  readonly encoding?: string
}

/**
 * A database that a caller can log in to. Making one opens nothing; a caller may call `connect` any number of times.
 */
export interface Database {
  readonly dialect: Dialect
  /** For people and records: `host:port` (a socket's path, a file's path), never a password. */
  readonly host: string
  /** The name of the schema or database; empty if the URL names none. */
  readonly name: string

  /**
   * Logs in.
   *
   * @param mark is part of every statement of the session (PostgreSQL: it is the application_name), so that another process can
   *   distinguish this run's statements from others
   * @param signal ends the login @default - nothing ends it
   * @param waiting makes the login try again while the server cannot be reached, and takes a sentence that says so
   *   @default - the first failure is thrown
   * @throws AUTHENTICATION, PERMISSION, TLS, INSECURE, DATABASE_UNREACHABLE, DATABASE_LOCKED; the signal's reason
   */
  connect(mark: string, signal?: AbortSignal, waiting?: (text: string) => void): Promise<Session>

  /**
   * Ends the remaining sessions of a process that died. Resolves when the server lists none of them any more. It does not touch a session
   * without the mark, which belongs to another program by now. For an embedded database, it removes the leftovers of the dead process
   * from this machine.
   *
   * @param ids as in `Session.id`
   * @throws as `connect`; DATABASE_LOST if a session still exists after 15 s
   */
  endSessions(ids: readonly string[], mark: string): Promise<void>
}

/** One login. Statements run one after the other; a call while another statement runs is a defect of the caller. */
export interface Session {
  readonly dialect: Dialect
  readonly server: Server
  /** The server's id of this session (connection id, backend pid), known before any statement of the task starts. */
  readonly id: string
  /**
   * How the session reads strings now: the value of the dialect's `StringSetting`, as the server has reported it by itself. Null if the
   * server has not, or if the dialect has no such setting.
   */
  readonly stringSetting: string | null

  /**
   * The server's own words for its work on the running statement. The session asks for them when the statement has been silent for a
   * minute; until then, and for an embedded database, they are null.
   */
  readonly doing: string | null

  /**
   * Runs a statement to its end. It keeps the first `previewRows` rows of every result set as text, and reads and counts the rest.
   *
   * @param late takes the warnings that the session cannot read without the next statement seeing it, when `deliverLateWarnings` is called
   *   @default - no statement follows, and the session reads all warnings at once
   * @throws QUERY_FAILED, DATABASE_LOST, PERMISSION, CANCELLED (when `cancel` was called)
   */
  execute(sql: string, previewRows: number, late?: LateWarnings): Promise<StatementOutcome>

  /**
   * Names the first export or, before an export starts, the next one. So the session can prepare for it at a moment when no statement can
   * see that. An export that was not announced runs too.
   */
  announce(next: ExportNeeds): Promise<void>

  /** Reads the late warnings. It is for the end of a task, because a statement after it may see the questions. */
  deliverLateWarnings(): Promise<void>

  /**
   * Starts a query whose rows come encoded. Resolves when the server has named the columns, so it rejects for an error in the query; the
   * stream throws later errors.
   *
   * @throws as `execute`, and UNSUPPORTED_CLAUSE
   */
  stream(sql: string, options: StreamOptions): Promise<RowStream>

  /**
   * Asks for the columns of a query, with their `serverType`, as `stream` would describe them for a format. The query does not run.
   *
   * @returns null if the server names the columns of such a query only when it runs
   * @throws as `stream` before its first row
   */
  describe(sql: string, format: FormatPlan): Promise<readonly TypedColumn[] | null>

  /**
   * Stops the running statement through a second connection, also if no caller reads its rows. Resolves when the server confirms that the
   * statement is gone. The call that ran it rejects with CANCELLED, at once. Without a running statement it does nothing.
   *
   * @throws as `Database.endSessions`
   */
  cancel(): Promise<void>

  /** Logs out. Safe to call twice, and after an error. */
  close(): Promise<void>
}

export interface StatementOutcome {
  readonly results: readonly ResultPreview[]
  /** How many rows the statement changed; null if the server does not say. */
  readonly affectedRows: number | null
  readonly warnings: readonly ServerWarning[]
  /** How many warnings the server counts beyond those. */
  readonly unlisted: number
  /** Whether a transaction is open after it. @default - the server does not say */
  readonly isInTransaction?: boolean
}

export interface ResultPreview {
  readonly columns: readonly string[]
  /** The origin of each column, as the server says; only on PostgreSQL. */
  readonly origins?: readonly ColumnOrigin[]
  /** The source of each column, as the server says; only on MySQL and MariaDB. */
  readonly sources?: readonly ColumnSource[]
  /** The first rows; null means NULL. */
  readonly rows: readonly (readonly (string | null)[])[]
  /** All rows of the result, also those that were not kept. */
  readonly rowCount: number
}

export interface ServerWarning {
  readonly code: string
  readonly message: string
  /** The warning means that rows are missing from a result, so the run fails. */
  readonly rowsMissing: boolean
}

/** A column of a table or view, by the ids that the server gives both; zeros for an expression. */
export interface ColumnOrigin {
  readonly table: number
  readonly column: number
}

/** The column of a table that a column of a result is, by name. The names are empty for an expression, and may be those of a view or an alias. */
export interface ColumnSource {
  readonly schema: string
  readonly table: string
  readonly column: string
  /** What decides how the server compares values: equal for columns of the same type. */
  readonly type: string
}

export type LateWarnings = (warnings: readonly ServerWarning[]) => void

/** The properties of an export that the server must know before the query starts. */
export type ExportNeeds = Pick<FormatPlan, 'text' | 'characterSet'>

/** How the rows of a query are encoded. A driver knows no format: the plan describes the text that it needs, and makes the encoder. */
export interface StreamOptions {
  readonly format: FormatPlan
  readonly pool: BlockPool
  /** The most bytes of a part, its start and its end included. */
  readonly maxPartBytes: number
  /** Whether the columns must have their `serverType`, for which the server may have to be asked. @default false */
  readonly namesTypes?: boolean
}

/** The rows of a running query, encoded. */
export interface RowStream {
  readonly columns: readonly TypedColumn[]
  /** The beginning of every part, a HEADER line for instance. It is in no block. */
  readonly partStart: Uint8Array
  /**
   * The blocks, in order. Leaving the loop early stops the query, like `Session.cancel`. The iteration ends only
   * when the server has said that the result is complete; otherwise it throws.
   */
  [Symbol.asyncIterator](): AsyncIterator<Block, void, void>
  /** Valid after the iteration ended: the rows that the driver counted as they arrived, apart from the encoder's own count. */
  readonly rowsRead: number
  readonly warnings: readonly ServerWarning[]
  /** As the encoder counts them. */
  readonly invalidDates: readonly InvalidDates[]
}
