import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import { closeStatement, type PreparedStatement, prepareStatement } from './prepared-statement.ts'
import { resultColumns, type SessionRules } from './result-encoding.ts'

/**
 * Names that a statement uses to ask about the statement before it. Preparing clears the warnings, and if the server refuses to prepare,
 * ROW_COUNT() becomes -1. It changes nothing else that a statement can see.
 */
const ASKS_BACK = /\b(?:ROW_COUNT|FOUND_ROWS|WARNING_COUNT|ERROR_COUNT|WARNINGS|ERRORS)\b/i

/**
 * Refuses columns that the format cannot write, before the query runs. The server names the columns of a running query only with the first
 * row, which may come after an hour of sorting. So this prepares the statement, which names them at once. If the server cannot prepare it,
 * the answer to the query itself decides.
 *
 * @param sql with the session's mark
 * @returns the columns, or null if only the answer to the query shows them
 * @throws QUERY_FAILED, UNSUPPORTED_CLAUSE for a column that the format cannot write; DATABASE_LOST
 */
export async function checkColumns(
  connection: Connection,
  sql: string,
  format: FormatPlan,
  rules: SessionRules,
): Promise<readonly TypedColumn[] | null> {
  if (ASKS_BACK.test(sql)) return null
  const prepared = await prepareStatement(connection, sql).catch(unprepared)
  if (prepared === null) return null
  closeStatement(connection, prepared)
  if (prepared.columns.length === 0) return null
  const columns = resultColumns(prepared.columns, format, rules)
  format.check?.(columns)
  return columns
}

/** @throws any error after which the session is lost */
function unprepared(error: unknown): PreparedStatement | null {
  if (BatchQueryError.from(error).code === 'DATABASE_LOST') throw error
  return null
}
