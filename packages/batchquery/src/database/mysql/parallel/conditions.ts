import type { Interval } from '../../read-ranges.ts'
import { literalOf } from './key-values.ts'
import { type KeyColumn, quotedColumn } from './table.ts'

/** The values of the first columns of a key. A row is behind it if its own values are not less. */
export type Bound = readonly string[]

/** The rows of a table between two bounds; null for no bound. */
export interface Between {
  readonly lower: Bound | null
  readonly upper: Bound | null
}

const TRUE = '1 = 1'

/**
 * The half-open intervals between bounds, and one for the rows that have NULL in a column. The first has no lower bound and the last has no
 * upper bound. Two neighbors compare with the same literal, so every row is in exactly one of them.
 *
 * @param shares of the intervals between the bounds, in their order
 */
export function keyIntervals(
  columns: readonly KeyColumn[],
  bounds: readonly Bound[],
  shares: readonly number[],
): readonly Interval[] {
  if (bounds.length === 0) return [{ where: TRUE, share: 1 }]
  const edges = [null, ...bounds, null]
  const intervals = shares.map((share, at) => ({
    where: betweenSql(columns, { lower: edges[at], upper: edges[at + 1] }),
    share,
  }))
  const nullable = columns.filter(({ isNullable }) => isNullable).map(quotedColumn)
  if (nullable.length === 0) return intervals
  const missing = nullable.map(name => `${name} IS NULL`).join(' OR ')
  return [...intervals, { where: `(${missing})`, share: 0 }]
}

/**
 * The condition for the rows between two bounds that have no NULL.
 *
 * Row values are written out, because the server reads a range of an index for `a > 1 OR (a = 1 AND b >= 2)`, but not for
 * `(a, b) >= (1, 2)`: https://dev.mysql.com/doc/refman/8.4/en/range-optimization.html
 */
export function betweenSql(columns: readonly KeyColumn[], { lower, upper }: Between): string {
  const equal = equalColumns(lower, upper)
  const conditions = [
    ...columns.slice(0, equal).map((column, at) => compared(column, '=', lower?.[at] ?? '')),
    ...(lower === null || lower.length <= equal ? [] : [behind(columns, lower, equal)]),
    ...(upper === null || upper.length <= equal ? [] : [before(columns, upper, equal)]),
    ...columns.filter(({ isNullable }) => isNullable).map(column => `${quotedColumn(column)} IS NOT NULL`),
  ]
  return conditions.length === 0 ? TRUE : conditions.join(' AND ')
}

/** How many first values two bounds share as the same text. */
function equalColumns(lower: Bound | null, upper: Bound | null): number {
  if (lower === null || upper === null) return 0
  let at = 0
  while (at < lower.length && at < upper.length && lower[at] === upper[at]) at++
  return at
}

function behind(columns: readonly KeyColumn[], bound: Bound, at: number): string {
  const [column, value] = [columns[at], bound[at]]
  if (at === bound.length - 1) return compared(column, '>=', value)
  return `(${compared(column, '>', value)} OR (${compared(column, '=', value)} AND ${behind(columns, bound, at + 1)}))`
}

function before(columns: readonly KeyColumn[], bound: Bound, at: number): string {
  const [column, value] = [columns[at], bound[at]]
  if (at === bound.length - 1) return compared(column, '<', value)
  return `(${compared(column, '<', value)} OR (${compared(column, '=', value)} AND ${before(columns, bound, at + 1)}))`
}

export const compared = (column: KeyColumn, operator: string, value: string): string =>
  `${quotedColumn(column)} ${operator} ${literalOf(column, value)}`
