import { wordsOf } from '../../../sql/dialects/index.ts'
import { writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import { explain } from './explained.ts'
import { type KeyColumn, quotedTable, shownTable, type Table } from './table.ts'
import { refusal } from './undividable.ts'

const { text } = wordsOf('postgres').literals

/** The most index rows that a look may read. */
const MOST_ROWS = 200
/** In the units of the planner: a look that no index serves costs more in a table that is not small. */
const CHEAP = 1_000

/** The values of the first columns of a key, as the server prints them. A row is behind it if its own values are not less. */
export type Bound = readonly string[]

/**
 * Divides the values of a key into parts of about the same size. The server makes, orders and compares the bounds; a bound need not exist
 * in the table.
 *
 * @returns bounds in the order of the key, each one less than the next
 * @throws UNSUPPORTED_CLAUSE if the table has no statistics and is not small
 */
export async function keyBounds(
  session: Session,
  table: Table,
  columns: readonly KeyColumn[],
  count: number,
): Promise<readonly Bound[]> {
  const points = await pointsOf(session, table, columns[0], count)
  if (points === null) return boundsOfSmall(session, table, columns, count)
  const bounds: Bound[] = []
  for (const { value, parts } of points) {
    bounds.push([value])
    if (parts > 1 && columns.length > 1)
      bounds.push(...(await boundsWithin(session, table, columns, value, parts)))
  }
  return inOrder(session, columns, bounds)
}

/** A value at which parts of the rows begin. */
interface Point {
  readonly value: string
  /** How many parts the rows with this value, or just before it, are. */
  readonly parts: number
}

/** The quantiles of a column by its statistics. Null if they have none: those of ranges have no order. */
async function pointsOf(
  session: Session,
  { schema, name }: Table,
  column: KeyColumn,
  count: number,
): Promise<readonly Point[] | null> {
  const rows = await askSession(
    session,
    `WITH stats AS (
       SELECT null_frac, most_common_vals::text::text[] AS common, most_common_freqs AS shares,
         histogram_bounds::text::text[] AS bounds
       FROM pg_catalog.pg_stats
       WHERE schemaname = ${text(schema)} AND tablename = ${text(name)} AND attname = ${text(column.name)}
       ORDER BY inherited DESC LIMIT 1),
     points AS (
       SELECT value::${column.type} AS value, share::float8 AS share
       FROM stats, ROWS FROM (pg_catalog.unnest(common), pg_catalog.unnest(shares)) AS c (value, share)
       UNION ALL
       SELECT value::${column.type}, CASE WHEN place = 1 THEN 0 ELSE
           greatest(0, 1 - null_frac - coalesce((SELECT sum(share) FROM pg_catalog.unnest(shares) AS s (share)), 0))
           / greatest(1, pg_catalog.cardinality(bounds) - 1) END
       FROM stats, pg_catalog.unnest(bounds) WITH ORDINALITY AS b (value, place)),
     sums AS (
       SELECT value, share, sum(share) OVER (ORDER BY value${collate(column)}, share ROWS UNBOUNDED PRECEDING) AS before,
         sum(share) OVER () AS whole
       FROM points)
     SELECT NULL, NULL FROM stats WHERE null_frac = 1 OR EXISTS (SELECT FROM points)
     UNION ALL
     SELECT value::text, floor(before * ${count} / whole) - floor((before - share) * ${count} / whole)
     FROM sums
     WHERE whole > 0 AND floor(before * ${count} / whole) > floor((before - share) * ${count} / whole)`,
  )
  if (rows.length === 0) return null
  return rows.flatMap(([value, parts]) => (value == null ? [] : [{ value, parts: Number(parts) }]))
}

/** Divides the rows with one value of the first column, by the second one. The index says between which values the second column is. */
async function boundsWithin(
  session: Session,
  table: Table,
  columns: readonly KeyColumn[],
  value: string,
  parts: number,
): Promise<readonly Bound[]> {
  const [first, second] = columns
  const points = await pointsOf(session, table, second, Math.min(100, parts * 4))
  if (points === null || points.length === 0) return []
  const name = writeIdentifier([second.name], 'postgres')
  const edge = (direction: string): string =>
    `(SELECT ${name} FROM ${quotedTable(table)} WHERE ${writeIdentifier([first.name], 'postgres')} = ${literal(value, first)}
      ORDER BY ${name} ${direction} LIMIT 1)`
  const rows = await askSession(
    session,
    `SELECT value::text FROM (SELECT ${edge('ASC')} AS least, ${edge('DESC')} AS most) AS e,
       (VALUES ${points.map(point => `(${literal(point.value, second)})`).join(', ')}) AS p (value)
     WHERE p.value${collate(second)} > least AND p.value${collate(second)} <= most ORDER BY p.value${collate(second)}`,
  )
  return evenly(
    rows.map(([inner]) => [value, inner ?? '']),
    parts,
  )
}

/** Reads the keys of a small table, for which the server has no statistics, or has none that are in an order. */
async function boundsOfSmall(
  session: Session,
  table: Table,
  columns: readonly KeyColumn[],
  count: number,
): Promise<readonly Bound[]> {
  const names = columns.map(column => `t.${nameOf(column)}`)
  const filled = columns
    .filter(({ isNullable }) => isNullable)
    .map(column => `t.${nameOf(column)} IS NOT NULL`)
  const look = `SELECT ${names.map(name => `${name}::text`).join(', ')} FROM ${quotedTable(table)} AS t
    ${filled.length === 0 ? '' : `WHERE ${filled.join(' AND ')}`} ORDER BY ${names.join(', ')} LIMIT ${MOST_ROWS + 1}`
  const isPossible =
    columns.every(({ isReadable }) => isReadable) && (await explain(session, look)).cost <= CHEAP
  const rows = isPossible ? await askSession(session, look) : []
  if (!isPossible || rows.length > MOST_ROWS)
    throw refusal(
      `the server has no statistics of ${shownTable(table)} (${columns.map(({ name }) => name).join(', ')}) that divide its rows`,
      `Run ANALYZE ${quotedTable(table)}, and check that the user may read these columns.`,
    )
  const bounds = rows.map(row => row.map(value => value ?? ''))
  return inOrder(session, columns, evenly(bounds, count))
}

/** At most so many items, less one, that divide a list. */
function evenly<T>(items: readonly T[], parts: number): readonly T[] {
  const chosen = new Set<number>()
  for (let part = 1; part < parts; part++) chosen.add(Math.floor((items.length * part) / parts))
  return items.filter((_, index) => index > 0 && chosen.has(index))
}

/** Has the server put bounds in order, as they will be in queries, and leave out equal ones. */
async function inOrder(
  session: Session,
  columns: readonly KeyColumn[],
  bounds: readonly Bound[],
): Promise<readonly Bound[]> {
  if (bounds.length === 0) return []
  const rows = bounds.map(
    (bound, index) =>
      `(${index}, ${columns.map((column, at) => (at < bound.length ? literal(bound[at], column) : `NULL::${column.type}`)).join(', ')})`,
  )
  const names = columns.map((_, at) => `c${at}`)
  const keys = columns.map((column, at) => `c${at}${collate(column)}`)
  const order = await askSession(
    session,
    `SELECT DISTINCT ON (${keys.join(', ')}) place FROM (VALUES ${rows.join(', ')}) AS b (place, ${names.join(', ')})
     ORDER BY ${keys.map(key => `${key} NULLS FIRST`).join(', ')}`,
  )
  return order.map(([place]) => bounds[Number(place)])
}

/** The literal of a value, without a collation: it takes that of the column to which the server compares it. */
export const literal = (value: string, { type }: KeyColumn): string => `${text(value)}::${type}`

export const nameOf = ({ name }: KeyColumn): string => writeIdentifier([name], 'postgres')

const collate = ({ collation }: KeyColumn): string => (collation === null ? '' : ` COLLATE ${collation}`)
