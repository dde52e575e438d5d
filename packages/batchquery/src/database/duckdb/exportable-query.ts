import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { BatchQueryError } from '../../errors/index.ts'
import type { TypedColumn, ValueType } from '../../format/index.ts'
import { loadDuckdb } from './load.ts'

/** A query that DuckDB can run inside another one. */
export interface ExportableQuery {
  readonly sql: string
  readonly columns: readonly QueryColumn[]
}

export interface QueryColumn {
  readonly name: string
  readonly format: TypedColumn
  /** True if the text of a value may hold bytes that TEXT escapes. */
  readonly mayNeedEscapes: boolean
}

/**
 * A query as a table of another one. The table function parses the text on its own, so that it may have comments,
 * a semicolon or equal column names, and cannot reach out of its place; its rows keep their order.
 * https://duckdb.org/docs/stable/guides/sql_features/query_and_query_table_functions
 *
 * Here and elsewhere functions carry their schema, because a macro of the database may bear the same name.
 */
export const asTable = (sql: string): string => `system.main.query(${quoted(sql)})`

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * Asks DuckDB what columns a query has, without running it.
 *
 * @throws what DuckDB finds wrong with the query; QUERY_FAILED if it is none
 */
export async function describeQuery(connection: DuckDBConnection, sql: string): Promise<ExportableQuery> {
  const { StatementType } = await loadDuckdb()
  const query = await connection.prepare(sql)
  try {
    if (query.statementType !== StatementType.SELECT) throw notExportable('it gives no rows')
    if (query.parameterCount > 0) throw notExportable('it has a parameter without a value')
    // finds out what only looks like a SELECT, as PRAGMA does
    const nested = await connection.prepare(`FROM ${asTable(sql)}`)
    nested.destroySync()
    return { sql, columns: await queryColumns(query) }
  } finally {
    query.destroySync()
  }
}

function notExportable(reason: string): BatchQueryError {
  return new BatchQueryError('QUERY_FAILED', `the statement cannot be exported: ${reason}`, {
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
  /** What MySQL's OUTFILE would take for numbers. */
  const numbers = new Set<number>([...integers, ...bigints, ...floats, type.DECIMAL, type.SQLNULL])
  const valueTypes = new Map<number, ValueType>([
    ...integers.map(typeId => [typeId, 'integer'] as const),
    ...bigints.map(typeId => [typeId, 'bigint'] as const),
    ...floats.map(typeId => [typeId, 'float'] as const),
    [type.BOOLEAN, 'boolean'],
    [type.BLOB, 'bytea'],
  ])
  /** Other types whose text is made of letters, digits and signs. All that is in neither list may hold anything. */
  const plain = new Set<number>([
    ...[type.BOOLEAN, type.BIT, type.UUID, type.INTERVAL],
    ...[type.DATE, type.TIME, type.TIME_TZ, type.TIME_NS],
    ...[type.TIMESTAMP, type.TIMESTAMP_S, type.TIMESTAMP_MS, type.TIMESTAMP_NS, type.TIMESTAMP_TZ],
  ])
  return Array.from({ length: query.columnCount }, (_, index): QueryColumn => {
    const typeId = query.columnTypeId(index)
    const isNumber = numbers.has(typeId)
    const name = query.columnName(index)
    const kind = isNumber ? 'number' : 'string'
    return {
      name,
      format: {
        name: Buffer.from(name),
        kind,
        type: valueTypes.get(typeId) ?? 'text',
        encoding: 'utf8',
        isLarge: false,
      },
      mayNeedEscapes: !isNumber && !plain.has(typeId),
    }
  })
}
