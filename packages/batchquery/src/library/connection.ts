import type { Database, Session } from '../database/database.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession } from '../run/index.ts'
import { type Dialect, parseExport, type Statement } from '../sql/index.ts'
import { isExport } from '../statements/export-task.ts'
import { planQuery } from '../statements/plan-query.ts'
import { runStatement } from '../statements/run-statement.ts'
import { rulesNow, sessionRecord } from '../statements/session.ts'
import type { Home } from '../submit/home.ts'
import { type ExportedResult, type ExportOptions, exportQuery, wishesOf } from './export-query.ts'
import type { ExportBeginning, ExportRun } from './export-run.ts'
import { type Row, readRows, tooManyRows } from './read-rows.ts'
import { type Sql, statementOf } from './sql.ts'
import { Turns } from './turns.ts'

const MOST_ROWS = 10_000

/** Options of every call. */
export interface CallOptions {
  /** Stops the statement, also in the database. The call then rejects with CANCELLED, or with TIMEOUT for a timeout. */
  readonly signal?: AbortSignal
}

export interface QueryOptions extends CallOptions {
  /** The maximum number of rows in the result. @default 10_000 */
  readonly maxRows?: number
}

/** What `execute` returns. */
export interface Executed {
  /** The number of changed rows; null if the server does not report it. */
  readonly affectedRows: number | null
  /** The server's warnings, at most 64. */
  readonly warnings: readonly string[]
}

/** The parts of a connection. */
export interface ConnectionParts {
  readonly database: Database
  readonly home: Home
  /** The folder for relative destinations of exports; null if its files do not outlive the process. */
  readonly folder: string | null
  readonly log: Log
  /** Every statement carries it on the server. */
  readonly mark: string
  /** Called with each session before its first statement. */
  readonly recordSession: (session: DatabaseSession) => Promise<void>
  /** Called with each closed session. */
  readonly sessionEnded: (session: DatabaseSession) => Promise<void>
  /** Begins, or joins, the run whose record contains an export. */
  readonly beginExport: (beginning: ExportBeginning) => Promise<ExportRun>
}

/**
 * A connection to a database, made by `connect`. Its statements run one after the other in one session, in the order of the calls;
 * variables, temporary tables and transactions last from one statement to the next. The session of a server ends when a statement is
 * cancelled, when a loop over rows ends early, and when the connection is lost. The next statement then gets a new session.
 *
 * Types of values:
 *
 * | in the database | in a row |
 * |---|---|
 * | integers of at most 32 bits, YEAR | number |
 * | BIGINT and larger | bigint |
 * | FLOAT, DOUBLE | number |
 * | DECIMAL, NUMERIC | string, with all digits |
 * | BOOLEAN (MySQL has none: its TINYINT is a number) | boolean |
 * | BINARY, VARBINARY, BLOB, BIT, GEOMETRY, VECTOR of MySQL; BYTEA; BLOB of DuckDB | Uint8Array |
 * | dates, times, intervals | string, as the database writes it in this session |
 * | JSON, arrays, and all others | string, as the database writes it |
 * | NULL | null |
 */
export class Connection implements AsyncDisposable {
  readonly #parts: ConnectionParts
  readonly #turns: Turns

  /** @internal */
  constructor(parts: ConnectionParts) {
    const { database, mark, log, recordSession, sessionEnded } = parts
    this.#parts = parts
    const opened = (session: Session) => recordSession(sessionRecord(database, session))
    const closed = (session: Session) => sessionEnded(sessionRecord(database, session))
    this.#turns = new Turns({ database, mark, log, opened, closed })
  }

  /** `mysql` (also for MariaDB and Aurora MySQL), `postgres` or `duckdb`. */
  get dialect(): Dialect {
    return this.#parts.database.dialect
  }

  /** Logs in now instead of with the first statement. @internal */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#turns.take(async () => {}, signal)
  }

  /**
   * Runs a statement and returns all its rows. A statement that is not a query (CALL, SHOW, INSERT ... RETURNING) returns the rows of its
   * first result, with text values.
   *
   * @typeParam R - the type of a row, which is not checked
   * @param sql - one statement, as text or as a template `sql`
   * @throws TOO_MANY_ROWS if there are more than `maxRows`; USAGE for several statements, an export, or equal column names;
   *   QUERY_FAILED, PERMISSION, DATABASE_LOST, ROWS_MISSING, CANCELLED, TIMEOUT; as `connect` if a new session must log in
   */
  query<R extends object = Row>(sql: string | Sql, options?: QueryOptions): Promise<R[]>
  async query(sql: string | Sql, { maxRows = MOST_ROWS, signal }: QueryOptions = {}): Promise<Row[]> {
    return this.#turns.take(async session => {
      const rows: Row[] = []
      for await (const some of readRows(this.#statement(sql, session), session, maxRows)) {
        if (rows.length + some.length > maxRows) throw tooManyRows(maxRows)
        rows.push(...some)
      }
      return rows
    }, signal)
  }

  /**
   * Runs a statement and yields its rows one by one in bounded memory: the server waits until the loop asks for the next row. Leaving the
   * loop stops the statement. Until the loop ends, the connection accepts no other statement.
   *
   * @typeParam R - the type of a row, which is not checked
   * @throws as `query`, from the iteration; USAGE for another call while the loop reads rows
   */
  stream<R extends object = Row>(sql: string | Sql, options?: CallOptions): AsyncGenerator<R, void, void>
  async *stream(sql: string | Sql, { signal }: CallOptions = {}): AsyncGenerator<Row, void, void> {
    let reading: ReturnType<typeof readRows> | null = null
    const turn = await this.#turns.begin(signal, async () => reading?.return())
    try {
      turn.signal.throwIfAborted()
      reading = readRows(this.#statement(sql, turn.session), turn.session, MOST_ROWS)
      for await (const some of reading)
        for (const row of some) {
          turn.signal.throwIfAborted()
          yield row
        }
      // If the connection was closed meanwhile, the loop above ended as if there were no more rows.
      turn.signal.throwIfAborted()
    } catch (thrown) {
      throw await turn.failed(thrown)
    } finally {
      await turn.end()
    }
  }

  /**
   * Runs any statement to its end, without its rows.
   *
   * @throws USAGE for several statements or an export; QUERY_FAILED, PERMISSION, DATABASE_LOST, CANCELLED, TIMEOUT
   */
  async execute(sql: string | Sql, { signal }: CallOptions = {}): Promise<Executed> {
    return this.#turns.take(async session => {
      const statement = this.#statement(sql, session)
      const { affectedRows, warnings } = await runStatement(session, statement, { keptRows: 0 })
      return { affectedRows, warnings: warnings.map(({ code, message }) => `${message} (${code})`) }
    }, signal)
  }

  /**
   * Exports the rows of a query completely or not at all: nothing appears under the destination before the query has succeeded and all
   * counts agree. The parts are `<destination>.part_00000` and so on.
   *
   * Outside of a task, the export is a separate run: `batchquery ls` lists it, `cancel` ends it, `verify` checks it, and `reap` recovers
   * it after its process died. In a task, it belongs to the task's run.
   *
   * @param to - `s3://bucket/prefix`, `file:///folder/prefix`, or a path relative to the folder of the process
   * @throws OUTPUT_EXISTS if a result exists there and `overwrite` is not set; DESTINATION_LOCKED while another run
   *   publishes there; VERIFICATION, ROWS_MISSING; UNSUPPORTED_CLAUSE; as `query` and the store
   */
  async export(sql: string | Sql, to: string, options: ExportOptions = {}): Promise<ExportedResult> {
    const { home, folder, database, beginExport } = this.#parts
    return this.#turns.take(async (session, signal) => {
      const statement = this.#statement(sql, session)
      const places = { store: home.store, folder }
      const { task, plan } = planQuery(statement, database.dialect, wishesOf(to, options), places)
      const { uri } = plan.destination
      const run = await beginExport({ task, session: sessionRecord(database, session), uri })
      return exportQuery(session, { plan }, run, { signal, onProgress: options.onProgress })
    }, options.signal)
  }

  /**
   * Stops the running statement and logs out. Resolves when no statement, staged object or open file of the embedded database remains.
   * Safe to call twice.
   */
  async close(): Promise<void> {
    await this.#turns.close()
  }

  /** As `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @throws USAGE for an export */
  #statement(sql: string | Sql, session: Session): Statement {
    const statement = statementOf(sql, session.dialect, rulesNow(session))
    if (parseExport(statement, session.dialect) !== null) throw isExport(1, statement.line)
    return statement
  }
}
