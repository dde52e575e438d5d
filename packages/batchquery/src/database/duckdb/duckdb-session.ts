import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import type { RowStream, Server, Session, StatementOutcome, StreamOptions } from '../database.ts'
import { DuckdbRowStream } from './duckdb-row-stream.ts'
import { describeQuery } from './exportable-query.ts'
import { FileRowStream } from './file-row-stream.ts'
import { InterruptibleStatement } from './interruptible-statement.ts'
import { plannedColumns, planQuery } from './planned-query.ts'
import { runStatement } from './statement.ts'

/** DuckDB's text is UTF-8, so these names change nothing. */
const UTF8_NAMES = ['utf8', 'utf8mb4', 'binary']

/** One connection to a database that runs in this process. */
export class DuckdbSession implements Session {
  readonly dialect = 'duckdb'
  readonly server: Server
  readonly id: string
  readonly stringSetting = null
  readonly doing = null
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #statement: InterruptibleStatement | null = null
  #closed = false

  constructor(instance: DuckDBInstance, connection: DuckDBConnection, server: Server, id: string) {
    this.#instance = instance
    this.#connection = connection
    this.server = server
    this.id = id
  }

  async execute(sql: string, previewRows: number): Promise<StatementOutcome> {
    const statement = this.#begin()
    return statement.run(() => runStatement(statement, sql, previewRows))
  }

  /** An export changes nothing in the session. */
  async announce(): Promise<void> {}

  /** No warning is late, because DuckDB sends them by itself. */
  async deliverLateWarnings(): Promise<void> {}

  async stream(sql: string, options: StreamOptions): Promise<RowStream> {
    checkCharacterSet(options.format.characterSet)
    const statement = this.#begin()
    return statement.run(async () => {
      const described = await describeQuery(statement.connection, sql)
      const planned = await planQuery(described, options.format)
      return planned.way === 'files'
        ? new FileRowStream(statement, planned, options)
        : new DuckdbRowStream(statement, planned.query, options)
    })
  }

  async describe(sql: string, format: FormatPlan): Promise<readonly TypedColumn[]> {
    checkCharacterSet(format.characterSet)
    const statement = this.#begin()
    return statement.run(async () => {
      const planned = await planQuery(await describeQuery(statement.connection, sql), format)
      return plannedColumns(planned, format)
    })
  }

  /** Needs no second connection, because DuckDB's `interrupt` may be called while the statement runs. */
  async cancel(): Promise<void> {
    await this.#statement?.stop()
  }

  /** Resolves when another process can open the file. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.cancel()
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  #begin(): InterruptibleStatement {
    if (this.#statement?.isRunning === true)
      throw new BatchQueryError('INTERNAL', 'a statement of this session is still running')
    this.#statement = new InterruptibleStatement(this.#connection)
    return this.#statement
  }
}

function checkCharacterSet(name: string | null): void {
  if (name === null || UTF8_NAMES.includes(name.toLowerCase())) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `DuckDB cannot write CHARACTER SET ${JSON.stringify(name)}`,
    {
      hint: 'Remove the clause, or write CHARACTER SET utf8mb4. The text of DuckDB is UTF-8.',
    },
  )
}
