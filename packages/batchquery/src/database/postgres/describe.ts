import type { Client, Connection } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { TypedColumn, ValueType } from '../../format/index.ts'
import { Exchange, type RowDescription } from './exchange.ts'

const BOOL = 16
const NUMERIC = 1700
const BYTEA = 17
const INT8 = 20
/** int2, int4, oid: https://www.postgresql.org/docs/current/catalog-pg-type.html */
const INTEGER_TYPES = new Set([21, 23, 26])
/** float4, float8. */
const FLOAT_TYPES = new Set([700, 701])

/** A column of a query, with its name as text. */
export interface QueryColumn {
  readonly name: string
  /** The object id of its type; of the base type if that is a domain. */
  readonly type: number
  /** Precision and scale of a numeric, as the server packs them. -1 if the type has no modifier. */
  readonly modifier: number
  readonly format: TypedColumn
}

/**
 * Asks the server for the columns of a query, without running it. The server takes only one statement and parses it
 * separately, so a statement that it accepts here cannot affect the COPY around it.
 *
 * @throws the error that the server finds in the query; QUERY_FAILED if it returns no rows
 */
export async function describeQuery(client: Client, sql: string): Promise<readonly QueryColumn[]> {
  const description = new DescribeExchange(sql)
  await description.run(client)
  if (description.columns === null)
    throw new BatchQueryError('QUERY_FAILED', 'cannot export the statement: it returns no rows', {
      hint: 'Export a SELECT; run other statements on their own before it.',
    })
  return description.columns
}

const isNumber = (type: number): boolean =>
  INTEGER_TYPES.has(type) || type === INT8 || FLOAT_TYPES.has(type) || type === NUMERIC

function valueType(type: number): ValueType {
  if (INTEGER_TYPES.has(type)) return 'integer'
  if (type === INT8) return 'bigint'
  if (type === BYTEA) return 'bytea'
  if (FLOAT_TYPES.has(type)) return 'float'
  return type === BOOL ? 'boolean' : 'text'
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
    this.columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      type: dataTypeID,
      modifier: dataTypeModifier,
      format: {
        name: Buffer.from(name),
        kind: isNumber(dataTypeID) ? 'number' : 'string',
        type: valueType(dataTypeID),
        encoding: 'utf8',
        isLarge: false,
      },
    }))
  }
}
