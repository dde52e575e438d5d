import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from './exportable-query.ts'

/** Why a value cannot be exported: the end of the sentence "the value ...", and what the user can do. */
const REASONS = {
  DATE: {
    why: 'has an infinite date or timestamp, which Parquet cannot store',
    hint: 'Filter it out, replace it with a date or NULL, or write the column as text: x::VARCHAR in the query.',
  },
  NUMBER: {
    why: 'has NaN or infinity, which JSON cannot store',
    hint: 'Filter it out, replace it with a number or NULL, or write the column as text: x::VARCHAR in the query.',
  },
} as const
type Reason = keyof typeof REASONS

const MARK = 'batchquery refuses'
const LONGEST_VALUE = 100

/**
 * An SQL expression that ends the statement with an error, which `badValueError` understands.
 *
 * @param column its name
 * @param row an SQL expression for the number of the row; null if it is not known
 * @param value an SQL expression
 */
export function refuseValue(reason: Reason, column: string, row: string | null, value: string): string {
  const text = `system.main.left(CAST(${value} AS VARCHAR), ${LONGEST_VALUE + 1})`
  const parts = [quoted(`${MARK} ${reason} ${JSON.stringify(column)} `), row ?? "''", "' '", text]
  return `system.main.error(system.main.concat(${parts.join(', ')}))`
}

const REFUSED = new RegExp(`: ${MARK} (DATE|NUMBER) ("(?:[^"\\\\]|\\\\.)*") (\\d*) ([^]*)$`)
const isReason = (text: string | undefined): text is Reason => text !== undefined && text in REASONS

/** The error of a statement that `refuseValue` ended; null for other errors. */
export function badValueError(thrown: Error): BatchQueryError | null {
  const [, reason, column, row, value] = REFUSED.exec(thrown.message) ?? []
  if (!isReason(reason)) return null
  const { why, hint } = REASONS[reason]
  const where = row === '' ? `column ${column}` : `column ${column}, row ${row}`
  const shown = value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE)}...`
  return new BatchQueryError('QUERY_FAILED', `${where}: the value ${JSON.stringify(shown)} ${why}`, { hint })
}
