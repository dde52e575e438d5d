import type {
  Dialect,
  ExportNeeds,
  LateWarnings,
  RowStream,
  Server,
  Session,
  StatementOutcome,
  StreamOptions,
} from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Block } from '../format/index.ts'

const GONE = ['DATABASE_LOST', 'CANCELLED']

/**
 * A session of which is known whether it can take another statement: not where its connection was lost, and not where
 * a statement was stopped, or a result was left before its end, for which a server's session is given up. The embedded
 * database only stops the statement.
 *
 *     free ──statement──▶ busy ──its end, an error of the statement──▶ free
 *                          └──cancel, lost, rows left──▶ spent
 */
export class WatchedSession implements Session {
  readonly #session: Session
  #isReading = false
  #isGone = false

  constructor(session: Session) {
    this.#session = session
  }

  get dialect(): Dialect {
    return this.#session.dialect
  }

  get server(): Server {
    return this.#session.server
  }

  get id(): string {
    return this.#session.id
  }

  get stringSetting(): string | null {
    return this.#session.stringSetting
  }

  get doing(): string | null {
    return this.#session.doing
  }

  /** Whether rows of a result are still to be read. */
  get isReading(): boolean {
    return this.#isReading
  }

  get isSpent(): boolean {
    return this.dialect !== 'duckdb' && (this.#isGone || this.#isReading)
  }

  execute(sql: string, previewRows: number, late?: LateWarnings): Promise<StatementOutcome> {
    return this.#noting(() => this.#session.execute(sql, previewRows, late))
  }

  announce(next: ExportNeeds): Promise<void> {
    return this.#session.announce(next)
  }

  deliverLateWarnings(): Promise<void> {
    return this.#session.deliverLateWarnings()
  }

  async stream(sql: string, options: StreamOptions): Promise<RowStream> {
    const rows = await this.#noting(() => this.#session.stream(sql, options))
    this.#isReading = true
    const read = this.#read(rows)
    return {
      columns: rows.columns,
      partStart: rows.partStart,
      get rowsRead() {
        return rows.rowsRead
      },
      get warnings() {
        return rows.warnings
      },
      [Symbol.asyncIterator]: () => read,
    }
  }

  async *#read(rows: RowStream): AsyncGenerator<Block, void, void> {
    yield* { [Symbol.asyncIterator]: () => rows[Symbol.asyncIterator]() }
    this.#isReading = false
  }

  cancel(): Promise<void> {
    this.#isGone = true
    return this.#session.cancel()
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #noting<T>(statement: () => Promise<T>): Promise<T> {
    try {
      return await statement()
    } catch (thrown) {
      if (GONE.includes(BatchQueryError.from(thrown).code)) this.#isGone = true
      throw thrown
    }
  }
}
