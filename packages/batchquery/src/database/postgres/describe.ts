import type { Client, Connection } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatColumn } from '../../format/index.ts'
import { Exchange, type RowDescription } from './exchange.ts'

/** int8, int2, int4, oid, float4, float8, numeric: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const NUMBER_TYPES = new Set([20, 21, 23, 26, 700, 701, 1700])

/** A column of a query, its name as text. */
export interface QueryColumn {
  readonly name: string
  readonly format: FormatColumn
}

/**
 * Asks the server what columns a query has, without running it. The server takes one statement only and parses it
 * on its own, so what it accepts here cannot reach out of the COPY that is made around it.
 *
 * @throws what the server finds wrong with the query; QUERY_FAILED where it gives no rows
 */
export async function describeQuery(client: Client, sql: string): Promise<readonly QueryColumn[]> {
  const description = new DescribeExchange(sql)
  await description.run(client)
  if (description.columns === null)
    throw new BatchQueryError('QUERY_FAILED', 'the statement cannot be exported: it gives no rows', {
      hint: 'Export a SELECT; run other statements on their own before it.',
    })
  return description.columns
}

class DescribeExchange extends Exchange {
  columns: readonly QueryColumn[] | null = null
  readonly #sql: string

  constructor(sql: string) {
    super()
    this.#sql = sql
  }

  override submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#sql, types: [] }, true)
    connection.describe({ type: 'S', name: '' }, true)
    connection.sync()
  }

  override handleRowDescription({ fields }: RowDescription): void {
    this.columns = fields.map(({ name, dataTypeID }) => ({
      name,
      format: {
        name: Buffer.from(name),
        kind: NUMBER_TYPES.has(dataTypeID) ? 'number' : 'string',
        encoding: 'utf8',
        isLarge: false,
      },
    }))
  }
}
