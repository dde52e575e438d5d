import type { Database, Session } from '../database/database.ts'
import { refuseMissingRows } from '../export/index.ts'
import type { Log } from '../platform/index.ts'
import type { DatabaseSession } from '../run/index.ts'
import { type Dialect, parseExport, type Statement, stringRulesOf } from '../sql/index.ts'
import { isExport } from '../statements/export-task.ts'
import type { Home } from '../submit/home.ts'
import { type ExportedResult, type ExportOptions, exportQuery, planned } from './export-query.ts'
import type { ExportBeginning, ExportRun } from './export-run.ts'
import { type Row, readRows, tooManyRows } from './read-rows.ts'
import { type Sql, statementOf } from './sql.ts'
import { Turns } from './turns.ts'

const MOST_ROWS = 10_000

/** What ends a call from outside. */
export interface CallOptions {
  /** Stops the statement, in the database too. The call then rejects with CANCELLED, or TIMEOUT for a timeout. */
  readonly signal?: AbortSignal
}

export interface QueryOptions extends CallOptions {
  /** How many rows the result may have. @default 10_000 */
  readonly maxRows?: number
}

/** What `execute` tells of a statement. */
export interface Executed {
  /** Rows changed; null where the statement does not say. */
  readonly affectedRows: number | null
  /** The server's, at most 64. */
  readonly warnings: readonly string[]
}

/** What a connection works with. */
export interface ConnectionParts {
  readonly database: Database
  readonly home: Home
  /** What relative paths of exports start from; null where they would be lost. */
  readonly folder: string | null
  readonly log: Log
  /** Stands in every statement on the server. */
  readonly mark: string
  /** Called with every session before a statement of it starts. */
  readonly recordSession: (session: DatabaseSession) => Promise<void>
  /** Called with every session that is closed. */
  readonly sessionEnded: (session: DatabaseSession) => Promise<void>
  /** The run that an export is written down in. */
  readonly beginExport: (beginning: ExportBeginning) => Promise<ExportRun>
}

/**
 * A connection to a database, made by `connect`. Its statements run one after the other in one session, whatever the
 * order in which they are awaited; variables, temporary tables and transactions last from one to the next. A session
 * of a server ends with a statement that was cancelled, or left in the midst of its rows, and where the connection is
 * lost: the next statement has a new one.
 *
 * Values come as
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
    const opened = (session: Session) => recordSession(recordOf(database, session))
    const closed = (session: Session) => sessionEnded(recordOf(database, session))
    this.#turns = new Turns({ database, mark, log, opened, closed })
  }

  /** `mysql` (MariaDB and Aurora MySQL too), `postgres` or `duckdb`. */
  get dialect(): Dialect {
    return this.#parts.database.dialect
  }

  /** Logs in now, and not with the first statement. @internal */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#turns.take(async () => {}, signal)
  }

  /**
   * Runs a statement and gives all its rows. What is no query (CALL, SHOW, INSERT ... RETURNING) gives the rows of its
   * first result, their values as text.
   *
   * @typeParam R - the shape of a row; it is not checked
   * @param sql - one statement, as text or as a template `sql`
   * @throws TOO_MANY_ROWS where there are more than `maxRows`; USAGE for several statements, an export, equal names of
   *   columns; QUERY_FAILED, PERMISSION, DATABASE_LOST, ROWS_MISSING, CANCELLED, TIMEOUT; as `connect`, where a new
   *   session has to log in
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
   * Runs a statement and gives its rows one by one, in bounded memory: while nobody asks for the next row the server
   * waits. Leaving the loop stops the statement. As long as it lasts the connection takes no other one.
   *
   * @typeParam R - the shape of a row; it is not checked
   * @throws as `query`, from the iteration; USAGE for another call while the rows are being read
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
      // Closed amid its rows the reading ends as if it had come to its end.
      turn.signal.throwIfAborted()
    } catch (thrown) {
      throw await turn.failed(thrown)
    } finally {
      await turn.end()
    }
  }

  /**
   * Runs a statement of any kind to its end.
   *
   * @throws USAGE for several statements, or an export; QUERY_FAILED, PERMISSION, DATABASE_LOST, CANCELLED, TIMEOUT
   */
  async execute(sql: string | Sql, { signal }: CallOptions = {}): Promise<Executed> {
    return this.#turns.take(async session => {
      const { affectedRows, warnings } = await session.execute(this.#statement(sql, session).text, 0)
      refuseMissingRows(warnings)
      return { affectedRows, warnings: warnings.map(({ code, message }) => `${message} (${code})`) }
    }, signal)
  }

  /**
   * Exports the rows of a query, whole or not at all: nothing stands under the destination before the query has ended
   * well and all counts agree. The parts are `<destination>.part_00000` and so on.
   *
   * Outside of a task the export is a run of its own: `batchquery ls` lists it, `cancel` ends it, `verify` checks it,
   * and `reap` clears up after a process that died. In a task it belongs to the task's run.
   *
   * @param to - `s3://bucket/prefix`, `file:///folder/prefix` or a path, which starts from the folder of the process
   * @throws OUTPUT_EXISTS where a result stands there and `overwrite` is not set; DESTINATION_LOCKED while another run
   *   publishes there; VERIFICATION, ROWS_MISSING; UNSUPPORTED_CLAUSE; what `query` and the store throw
   */
  async export(sql: string | Sql, to: string, options: ExportOptions = {}): Promise<ExportedResult> {
    const { home, folder, database, beginExport } = this.#parts
    return this.#turns.take(async (session, signal) => {
      const statement = this.#statement(sql, session)
      const { dialect } = database
      const { task, plan } = planned(statement, to, options, {
        dialect,
        places: { store: home.store, folder },
      })
      const run = await beginExport({ task, session: recordOf(database, session), uri: plan.destination.uri })
      return exportQuery(session, { plan }, run, { signal, onProgress: options.onProgress })
    }, options.signal)
  }

  /**
   * Stops what still runs, and logs out. Settles when nothing of the connection is left: no statement, nothing staged,
   * no open file of the embedded database. Safe to call twice.
   */
  async close(): Promise<void> {
    await this.#turns.close()
  }

  /** As `close`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @throws USAGE for an export */
  #statement(sql: string | Sql, session: Session): Statement {
    const rules = stringRulesOf(session.dialect, session.stringSetting)
    const statement = statementOf(sql, session.dialect, rules)
    if (parseExport(statement, session.dialect) !== null) throw isExport(1, statement.line)
    return statement
  }
}

function recordOf({ dialect, host, name }: Database, { id, server }: Session): DatabaseSession {
  return { dialect, server: `${server.kind} ${server.version}`, host, name, session: id }
}
