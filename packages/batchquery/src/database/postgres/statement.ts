import type { Client, Connection } from 'pg'
import type { ColumnOrigin, ResultPreview } from '../database.ts'
import { type CommandComplete, type DataRow, Exchange, type RowDescription } from './exchange.ts'

export interface StatementAnswer {
  readonly results: readonly ResultPreview[]
  readonly affectedRows: number | null
}

/**
 * Runs any statement, as it is, by the simple protocol. Its rows are counted as they come; the first `previewRows`
 * of each result are kept.
 */
export async function runStatement(
  client: Client,
  sql: string,
  previewRows: number,
): Promise<StatementAnswer> {
  const statement = new StatementExchange(sql, previewRows)
  await statement.run(client)
  return statement
}

/** A small query of our own: its rows, each a list of texts. */
export async function ask(client: Client, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const { results } = await runStatement(client, sql, Number.POSITIVE_INFINITY)
  return results.at(-1)?.rows ?? []
}

interface OpenResult {
  readonly columns: readonly string[]
  readonly origins: readonly ColumnOrigin[]
  readonly rows: (readonly (string | null)[])[]
  rowCount: number
}

/** Tags of commands that change rows, as `INSERT 0 5`. SELECT is one if it made a table and so returned no rows. */
const CHANGE = /^(INSERT \d+|UPDATE|DELETE|MERGE|COPY|SELECT) (\d+)$/

class StatementExchange extends Exchange implements StatementAnswer {
  readonly results: OpenResult[] = []
  affectedRows: number | null = null
  readonly #sql: string
  readonly #previewRows: number
  #current: OpenResult | null = null

  constructor(sql: string, previewRows: number) {
    super()
    this.#sql = sql
    this.#previewRows = previewRows
  }

  override submit(connection: Connection): void {
    connection.query(this.#sql)
  }

  override handleRowDescription({ fields }: RowDescription): void {
    this.#current = {
      columns: fields.map(field => field.name),
      origins: fields.map(({ tableID, columnID }) => ({ table: tableID, column: columnID })),
      rows: [],
      rowCount: 0,
    }
    this.results.push(this.#current)
  }

  override handleDataRow({ fields }: DataRow): void {
    if (this.#current !== null && this.#current.rowCount++ < this.#previewRows)
      this.#current.rows.push(fields)
  }

  override handleCommandComplete({ text }: CommandComplete): void {
    const [, command, rows] = CHANGE.exec(text) ?? []
    if (rows !== undefined && !(command === 'SELECT' && this.#current !== null))
      this.affectedRows = (this.affectedRows ?? 0) + Number(rows)
    this.#current = null
  }
}
