import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import type { ResultPreview, StatementOutcome } from '../database.ts'
import { copyOut } from './copy-out.ts'
import { describeQuery, type ExportableQuery } from './exportable-query.ts'
import type { InterruptibleStatement } from './interruptible-statement.ts'
import { loadDuckdb } from './load.ts'
import { RowPreview } from './row-preview.ts'
import { RowSplitter } from './row-splitter.ts'

/** Runs any statement to its end and keeps the first `previewRows` rows of its result as DuckDB prints them. */
export async function runStatement(
  statement: InterruptibleStatement,
  sql: string,
  previewRows: number,
): Promise<StatementOutcome> {
  const query = await asQuery(statement, sql)
  if (query !== null)
    return {
      results: [await preview(statement, query, previewRows)],
      affectedRows: null,
      warnings: [],
      unlisted: 0,
    }

  statement.stopped.throwIfAborted()
  const { ResultReturnType } = await loadDuckdb()
  const result = await statement.connection.run(sql)
  const { returnType } = result
  return {
    results: returnType === ResultReturnType.QUERY_RESULT ? [await shortResult(result, previewRows)] : [],
    affectedRows: returnType === ResultReturnType.CHANGED_ROWS ? result.rowsChanged : null,
    warnings: [],
    unlisted: 0,
  }
}

/** Null for a statement that is not a query or has an error: running it then reports why. */
async function asQuery({ connection }: InterruptibleStatement, sql: string): Promise<ExportableQuery | null> {
  try {
    return await describeQuery(connection, sql)
  } catch {
    return null
  }
}

/** Reads and counts a result of any length. */
async function preview(
  statement: InterruptibleStatement,
  query: ExportableQuery,
  previewRows: number,
): Promise<ResultPreview> {
  const kept = new RowPreview(previewRows)
  const splitter = new RowSplitter(kept)
  const rowCount = await copyOut(statement, query, { text: 'stored' }, async chunk => {
    splitter.consume(chunk, 0)
  })
  return { columns: query.columns.map(column => column.name), rows: kept.rows, rowCount }
}

/** The rows of other statements (EXPLAIN, PRAGMA, CALL, INSERT … RETURNING) are few, and held in memory. */
async function shortResult(result: DuckDBMaterializedResult, previewRows: number): Promise<ResultPreview> {
  const rows: (string | null)[][] = []
  for await (const chunk of result) {
    for (const row of chunk.getRows().slice(0, previewRows - rows.length))
      rows.push(row.map(value => (value === null ? null : String(value))))
  }
  return { columns: result.columnNames(), rows, rowCount: result.rowCount }
}
