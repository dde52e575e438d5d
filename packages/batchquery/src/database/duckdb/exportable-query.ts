import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api'
import { BatchQueryError } from '../../errors/index.ts'
import {
  type ExactColumn,
  requestedColumn,
  type requestsFor,
  type TypedColumn,
  type ValueType,
} from '../../format/index.ts'
import { castColumn } from './cast-column.ts'
import { ExactTypes } from './exact-column.ts'
import { loadDuckdb } from './load.ts'

/** A query that DuckDB can run inside another one. */
export interface ExportableQuery {
  readonly sql: string
  readonly columns: readonly QueryColumn[]
}

export interface QueryColumn {
  readonly name: string
  readonly type: DuckDBType
  readonly format: TypedColumn & { readonly exact: ExactColumn }
  /** Whether the text of a value may contain bytes that TEXT escapes. */
  readonly mayNeedEscapes: boolean
  /** Makes the SQL expression that is exported instead of the column. @default - the column itself is exported */
  readonly expression?: (column: string) => string
}

/**
 * A query as a table inside another query. The table function parses the text separately, so the text may have
 * comments, a semicolon or equal column names, and cannot affect the outer query. Its rows keep their order.
 * https://duckdb.org/docs/stable/guides/sql_features/query_and_query_table_functions
 *
 * Here and elsewhere function names include their schema, because a macro of the database may have the same name.
 */
export const asTable = (sql: string): string => `system.main.query(${quoted(sql)})`

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * Asks DuckDB for the columns of a query, without running it.
 *
 * @throws the error that DuckDB finds in the query; QUERY_FAILED if it is not a query
 */
export async function describeQuery(connection: DuckDBConnection, sql: string): Promise<ExportableQuery> {
  const { StatementType } = await loadDuckdb()
  const query = await connection.prepare(sql)
  try {
    if (query.statementType !== StatementType.SELECT) throw notExportable('it returns no rows')
    if (query.parameterCount > 0) throw notExportable('it has a parameter without a value')
    // This fails for a statement that only looks like a SELECT, such as PRAGMA.
    const nested = await connection.prepare(`FROM ${asTable(sql)}`)
    nested.destroySync()
    return { sql, columns: await queryColumns(query) }
  } finally {
    query.destroySync()
  }
}

/**
 * Applies TYPES to the columns.
 *
 * @param requests the result of `requestsFor` for the columns
 * @throws UNSUPPORTED_CLAUSE if TYPES asks for what the columns cannot be
 */
export function withTypes(
  { sql, columns }: ExportableQuery,
  requests: ReturnType<typeof requestsFor>,
): ExportableQuery {
  return {
    sql,
    columns: columns.map((column, index) => {
      const exact = requestedColumn(column.name, column.format.exact, requests[index])
      return { ...column, format: { ...column.format, exact: castColumn(exact) } }
    }),
  }
}

function notExportable(reason: string): BatchQueryError {
  return new BatchQueryError('QUERY_FAILED', `cannot export the statement: ${reason}`, {
    hint: 'Export a SELECT; run other statements on their own before it.',
  })
}

async function queryColumns(query: DuckDBPreparedStatement): Promise<readonly QueryColumn[]> {
  const { DuckDBTypeId: type } = await loadDuckdb()
  const integers = [
    ...[type.TINYINT, type.SMALLINT, type.INTEGER],
    ...[type.UTINYINT, type.USMALLINT, type.UINTEGER],
  ]
  const bigints = [type.BIGINT, type.HUGEINT, type.BIGNUM, type.UBIGINT, type.UHUGEINT]
  const floats = [type.FLOAT, type.DOUBLE]
  /** The types that MySQL's OUTFILE would treat as numbers. */
  const numbers = new Set<number>([...integers, ...bigints, ...floats, type.DECIMAL, type.SQLNULL])
  const valueTypes = new Map<number, ValueType>([
    ...integers.map(typeId => [typeId, 'integer'] as const),
    ...bigints.map(typeId => [typeId, 'bigint'] as const),
    ...floats.map(typeId => [typeId, 'float'] as const),
    [type.BOOLEAN, 'boolean'],
    [type.BLOB, 'bytea'],
  ])
  /**
   * Other types whose text consists of letters, digits and signs. Values of all remaining types may contain anything.
   */
  const plain = new Set<number>([
    ...[type.BOOLEAN, type.BIT, type.UUID, type.INTERVAL],
    ...[type.DATE, type.TIME, type.TIME_TZ, type.TIME_NS],
    ...[type.TIMESTAMP, type.TIMESTAMP_S, type.TIMESTAMP_MS, type.TIMESTAMP_NS, type.TIMESTAMP_TZ],
  ])
  const exactTypes = new ExactTypes(type)
  return Array.from({ length: query.columnCount }, (_, index): QueryColumn => {
    const columnType = query.columnType(index)
    const { typeId } = columnType
    const isNumber = numbers.has(typeId)
    const name = query.columnName(index)
    const kind = isNumber ? 'number' : 'string'
    return {
      name,
      type: columnType,
      format: {
        name: Buffer.from(name),
        kind,
        type: valueTypes.get(typeId) ?? 'text',
        encoding: 'utf8',
        isLarge: false,
        exact: exactTypes.of(columnType),
        serverType: String(columnType),
      },
      mayNeedEscapes: !isNumber && !plain.has(typeId),
    }
  })
}
