import type {
  ExportNeeds,
  LateWarnings,
  RowStream,
  Server,
  Session,
  StatementOutcome,
  StreamOptions,
} from '../database/database.ts'
import { databaseDialect } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Block, FormatPlan, TypedColumn } from '../format/index.ts'
import type { Dialect } from '../sql/index.ts'

const GONE = ['DATABASE_LOST', 'CANCELLED']

/**
 * A session that knows whether it can take another statement. If a cancel ends sessions of its dialect (`DatabaseDialect.cancelEnds`),
 * it cannot after its connection was lost, after a statement was cancelled, and after a caller left a result before its end.
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

  /** Whether the rows of a result have not all been read. */
  get isReading(): boolean {
    return this.#isReading
  }

  get isSpent(): boolean {
    return databaseDialect(this.dialect).cancelEnds === 'session' && (this.#isGone || this.#isReading)
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
      get invalidDates() {
        return rows.invalidDates
      },
      [Symbol.asyncIterator]: () => read,
    }
  }

  describe(sql: string, format: FormatPlan): Promise<readonly TypedColumn[] | null> {
    return this.#noting(() => this.#session.describe(sql, format))
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
