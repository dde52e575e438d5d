import type { ExactColumn, ExactType } from '../../format/index.ts'

/** Decides how a column is sent for which TYPES asks for another type than its own. */
export function castColumn(column: ExactColumn): ExactColumn {
  const { source, wire, type } = column
  return source !== undefined && wire === 'epoch' && type.kind === 'string'
    ? { ...column, wire: 'text' }
    : column
}

/**
 * The SQL expression whose text is the wire form of a column that has another type than its own, `source`. Null if that is the text of the
 * column itself.
 */
export function castExpression(
  { type, wire }: ExactColumn,
  source: ExactType,
  column: string,
): string | null {
  if (wire === 'base64') return `system.main.to_base64(${column})`
  // The text of a FLOAT means another DOUBLE.
  if (source.kind === 'float' && type.kind === 'double') return `CAST(${column} AS DOUBLE)`
  if (source.kind === 'bool' && type.kind === 'int') return `CAST(${column} AS UTINYINT)`
  if (wire !== 'epoch') return null
  const count = countOf(source, type, column)
  // A value without a count is sent as text, which the encoder refuses.
  return `COALESCE(CAST(${count} AS VARCHAR), CAST(${column} AS VARCHAR))`
}

function countOf(source: ExactType, type: ExactType, column: string): string {
  const local = `TRY_CAST(${column} AS TIMESTAMP)`
  const micros = `system.main.epoch_us(${local})`
  if (type.kind === 'date')
    return `CASE WHEN ${micros} % ${MICROS_PER_DAY} = 0 THEN system.main.date_diff('day', DATE '1970-01-01', CAST(${local} AS DATE)) END`
  const isZoned = type.kind === 'timestamp' && type.utc && source.kind === 'timestamp' && !source.utc
  return isZoned ? utcOf(micros, column) : micros
}

const MICROS_PER_DAY = 86_400_000_000n
/** The zone's offset may change once within so many microseconds of a local time that the clock shows twice, and hardly ever twice. */
const REACH = (13n * MICROS_PER_DAY) / 12n

/**
 * A local time in UTC, as a count. NULL for a time that the clock of the session's zone shows twice or never: DuckDB would choose one
 * silently. The clock shows a time twice if both the offset before and the offset after it make an instant at which the clock shows it.
 */
function utcOf(local: string, column: string): string {
  const instant = `system.main.epoch_us(TRY_CAST(TRY_CAST(${column} AS TIMESTAMP) AS TIMESTAMPTZ))`
  const earlier = `(${local} - ${offsetAt(`(${instant} - ${REACH})`)})`
  const later = `(${local} - ${offsetAt(`(${instant} + ${REACH})`)})`
  const isTwice = `${clockAt(earlier)} = ${local} AND ${clockAt(later)} = ${local} AND ${earlier} <> ${later}`
  return `CASE WHEN ${clockAt(instant)} = ${local} AND NOT (${isTwice}) THEN ${instant} END`
}

/** The time that the clock shows at an instant. Both are counts of microseconds. */
const clockAt = (instant: string): string =>
  `system.main.epoch_us(CAST(system.main.make_timestamptz(${instant}) AS TIMESTAMP))`

const offsetAt = (instant: string): string => `(${clockAt(instant)} - ${instant})`
