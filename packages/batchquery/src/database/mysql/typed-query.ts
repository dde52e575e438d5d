import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { FormatPlan, TypedColumn } from '../../format/index.ts'
import type { ServerWarning } from '../database.ts'
import { isFasterInBinary, losesDigits } from './binary-rows.ts'
import { errorNumber } from './errors.ts'
import { closeStatement, type PreparedStatement, prepareStatement } from './prepared-statement.ts'
import { resultColumns, type SessionRules } from './result-encoding.ts'
import type { OffsetAt } from './time-zone.ts'
import { listWarnings } from './warnings.ts'

const ASKS_BACK = /\b(?:ROW_COUNT|FOUND_ROWS|WARNING_COUNT|ERROR_COUNT|WARNINGS|ERRORS)\b/i

/**
 * Whether a statement may ask about the statement before it. Preparing clears the warnings, and if the server refuses to prepare,
 * ROW_COUNT() becomes -1. A question of ours changes both. Neither changes anything else that a statement can see.
 */
export const asksBack = (sql: string): boolean => ASKS_BACK.test(sql)

/** A prepared statement that the server has yet to run. Its rows come in the binary protocol. The caller must close it. */
export interface StatementToExecute {
  readonly id: number
  /** The server's warnings about its text. */
  readonly warnings: readonly ServerWarning[]
}

/** The text of a query, and its origin. */
export interface QueryText {
  readonly sql: string
  /** With the session's mark. */
  readonly marked: string
  /** The session records its own statements. */
  readonly isRecorded: boolean
}

/** A query whose values an export needs with their types, ready to run. */
export interface TypedQuery {
  /** Null if the query runs as text. */
  readonly statement: StatementToExecute | null
  /** As in `ExactRules`. */
  readonly textReason: string | null
  readonly offsetAt: OffsetAt
}

/**
 * Decides how a query of a typed export runs, and refuses columns that the format cannot write before it runs. The server names the columns
 * of a running query only with the first row, which may come after an hour of sorting. So this prepares the statement, which names them
 * at once. If the server cannot prepare it, the answer to the query itself decides.
 *
 * @param offsets finds the offsets of the session's zone, for TIMESTAMP columns
 * @throws QUERY_FAILED, UNSUPPORTED_CLAUSE for a column that the format cannot write; DATABASE_LOST; as `offsets`
 */
export async function prepareTyped(
  connection: Connection,
  { sql, marked, isRecorded }: QueryText,
  format: FormatPlan,
  rules: SessionRules,
  offsets: () => Promise<OffsetAt>,
): Promise<TypedQuery> {
  const offsetsFor = async (columns: readonly TypedColumn[] | null) =>
    mayNeedOffsets(columns, format) ? offsets() : () => Number.NaN
  const asText = async (textReason: string, columns: readonly TypedColumn[] | null = null) => ({
    statement: null,
    textReason,
    offsetAt: await offsetsFor(columns),
  })
  if (isRecorded) return asText('the session records its statements (profiling, optimizer_trace)')
  if (asksBack(sql))
    return asText('the query asks about the previous statement, and a prepare would change the answer')
  const prepared = await prepareStatement(connection, marked).catch(unprepared)
  if (typeof prepared === 'string') return asText(`the server cannot prepare this query (${prepared})`)
  let isKept = false
  try {
    if (!hasKnownColumns(prepared))
      return await asText('the server names the columns of this query only when it runs')
    const isBinary = prefersBinary(prepared, format)
    const textReason = isBinary ? null : ''
    const columns = resultColumns(prepared.columns, format, { ...rules, textReason })
    format.check?.(columns)
    if (!isBinary) return await asText('', columns)
    const warnings = prepared.warnings === 0 ? [] : await listWarnings(connection)
    const offsetAt = await offsetsFor(columns)
    isKept = true
    return { statement: { id: prepared.id, warnings }, textReason, offsetAt }
  } finally {
    if (!isKept) closeStatement(connection, prepared)
  }
}

/**
 * Prepares a query for its columns, and closes it.
 *
 * @returns null if the server names the columns only when it runs the query
 * @throws QUERY_FAILED, UNSUPPORTED_CLAUSE for a column that the format cannot write; PERMISSION, DATABASE_LOST
 */
export async function describeQuery(
  connection: Connection,
  marked: string,
  format: FormatPlan,
  rules: SessionRules,
): Promise<readonly TypedColumn[] | null> {
  const prepared = await prepareStatement(connection, marked).catch(unlessUnprepared)
  if (prepared === null) return null
  closeStatement(connection, prepared)
  if (!hasKnownColumns(prepared)) return null
  const textReason = prefersBinary(prepared, format) ? null : ''
  const columns = resultColumns(prepared.columns, format, { ...rules, textReason })
  format.check?.(columns)
  return columns
}

/** The server prepares no such statement, or no further one (max_prepared_stmt_count), but may run it. */
const UNPREPARED = new Set([1295, 1461])

function unlessUnprepared(error: unknown): null {
  if (UNPREPARED.has(errorNumber(error))) return null
  throw error
}

const hasKnownColumns = ({ columns, parameters }: PreparedStatement): boolean =>
  columns.length > 0 && parameters === 0

/**
 * The text of a TIMESTAMP is as the server writes it, unless TYPES asks for a type.
 *
 * @param columns null if they are not known
 */
function mayNeedOffsets(
  columns: readonly TypedColumn[] | null,
  { prefersText = false, types = [] }: FormatPlan,
): boolean {
  if (prefersText && !types.some(({ type }) => type.kind === 'timestamp')) return false
  return columns?.some(({ exact }) => exact?.type.kind === 'timestamp' && exact.type.utc) ?? true
}

/** With warnings about its text, a query runs as text if that loses nothing: then the task finds them as the server's own client would. */
const prefersBinary = ({ columns, warnings }: PreparedStatement, { prefersText }: FormatPlan): boolean =>
  losesDigits(columns, prefersText) || (warnings === 0 && !prefersText && isFasterInBinary(columns))

/** Returns the server's message. @throws any error after which the session is lost */
function unprepared(error: unknown): string {
  const { code, message } = BatchQueryError.from(error)
  if (code === 'DATABASE_LOST') throw error
  return message
}
