import { type Cast, type SentColumn, toText } from './exact-column.ts'

/** char(n). Its text without the padding is that of its cast. */
const CHAR = 1042

/**
 * Decides how a column is sent for which TYPES asks for another type than its own: as the text of its values, unless the reader knows their
 * binary form.
 *
 * @param column its `source` is its own type, and `cast` and `wire` are those of that type
 * @param type the object id of its own type
 */
export function castColumn(column: SentColumn, type: number): SentColumn {
  const { source, wire, type: wanted } = column
  if (source === undefined) return column
  if (type === CHAR && wanted.kind !== 'bytes') return { ...column, wire: 'text', cast: toText }
  // It is text already, or bytes.
  if (wire === 'raw' || source.kind === 'list') return column
  if (source.kind === 'bool' && wanted.kind === 'int') return { ...column, wire: 'text', cast: toDigit }
  if (wanted.kind === 'string' || !READ.includes(source.kind))
    return wire === 'uuid' && wanted.kind === 'uuid' ? column : { ...column, wire: 'text', cast: toText }
  if (source.kind !== 'timestamp' || wanted.kind !== 'timestamp') return column
  return { ...column, cast: wanted.utc ? toUtc : toLocal }
}

/** The kinds whose binary forms are read as other types. Their text depends on settings of the session. */
const READ: readonly string[] = ['float', 'double', 'date', 'timestamp']

const toDigit: Cast = column => `${column}::pg_catalog.int4::pg_catalog.text`

/** The server converts by the session's zone. */
const toLocal: Cast = column => `${column}::pg_catalog.timestamp`

/** The zone's offset may change once within so many hours of a local time that the clock shows twice, and hardly ever twice. */
const HOURS = 26
/** The server cannot add hours to times near the ends of its range. */
const FIRST = "'4712-01-01 BC'::pg_catalog.timestamp"
const LAST = "'294275-01-01'::pg_catalog.timestamp"

/**
 * A local time in UTC, in the binary form of a timestamptz. For a time that the clock of the session's zone shows twice or never, the server
 * would choose one silently: such a time becomes its text instead, which the encoder refuses. The clock shows a time twice if both the
 * offset before and the offset after it make an instant at which the clock shows the time.
 */
const toUtc: Cast = column => {
  const instant = `${column}::pg_catalog.timestamptz`
  const earlier = instantBy(offsetAt(instant, -HOURS), column)
  const later = instantBy(offsetAt(instant, HOURS), column)
  const isTwice = `${shows(earlier, column)} AND ${shows(later, column)} AND pg_catalog.timestamptz_ne(${earlier}, ${later})`
  const sent = `pg_catalog.timestamptz_send(${instant})`
  return (
    `CASE WHEN NOT pg_catalog.isfinite(${column}) THEN ${sent} ` +
    `WHEN pg_catalog.timestamp_gt(${column}, ${FIRST}) AND pg_catalog.timestamp_lt(${column}, ${LAST}) ` +
    `THEN CASE WHEN ${shows(instant, column)} AND NOT (${isTwice}) THEN ${sent} ELSE ${textOf(column)} END ` +
    `ELSE ${textOf(column)} END`
  )
}

const textOf: Cast = column => `pg_catalog.convert_to(${column}::pg_catalog.text, 'UTF8')`

/** Whether the clock shows this local time at an instant. */
const shows = (instant: string, column: string): string =>
  `pg_catalog.timestamp_eq((${instant})::pg_catalog.timestamp, ${column})`

/** How far the clock is ahead of UTC, so many hours after an instant. */
function offsetAt(instant: string, hours: number): string {
  const moment = `pg_catalog.timestamptz_pl_interval(${instant}, '${hours} hours'::pg_catalog.interval)`
  return `pg_catalog.timestamp_mi((${moment})::pg_catalog.timestamp, pg_catalog.timezone('UTC', ${moment}))`
}

/** The instant of a local time at which the clock is ahead of UTC by an offset. */
const instantBy = (offset: string, column: string): string =>
  `pg_catalog.timezone('UTC', pg_catalog.timestamp_mi_interval(${column}, ${offset}))`
