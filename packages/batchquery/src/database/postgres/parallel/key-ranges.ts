import type { Interval } from '../../read-ranges.ts'
import { type Bound, literal, nameOf } from './key-bounds.ts'
import type { KeyColumn } from './table.ts'

/**
 * The half-open intervals between bounds, and one for the rows that have NULL in a column. The first has no lower bound and the last has no
 * upper bound.
 *
 * A comparison of rows ends at the first columns that differ, so it can be true for a row that has NULL behind them. Therefore each interval
 * excludes NULL by name.
 */
export function keyIntervals(columns: readonly KeyColumn[], bounds: readonly Bound[]): readonly Interval[] {
  if (bounds.length === 0) return [{ where: 'true', share: 1 }]
  const nullable = columns.filter(({ isNullable }) => isNullable).map(nameOf)
  const filled = nullable.map(name => `${name} IS NOT NULL`)
  const share = 1 / (bounds.length + 1)
  const intervals = Array.from({ length: bounds.length + 1 }, (_, index) => {
    const lower = index === 0 ? [] : [compared(columns, '>=', bounds[index - 1])]
    const upper = index === bounds.length ? [] : [compared(columns, '<', bounds[index])]
    return { where: [...lower, ...upper, ...filled].join(' AND '), share }
  })
  if (nullable.length === 0) return intervals
  const missing = nullable.map(name => `${name} IS NULL`).join(' OR ')
  return [...intervals, { where: nullable.length === 1 ? missing : `(${missing})`, share: 0 }]
}

function compared(columns: readonly KeyColumn[], operator: string, bound: Bound): string {
  const names = columns.slice(0, bound.length).map(nameOf)
  const values = bound.map((value, index) => literal(value, columns[index]))
  return bound.length === 1
    ? `${names[0]} ${operator} ${values[0]}`
    : `(${names.join(', ')}) ${operator} (${values.join(', ')})`
}
