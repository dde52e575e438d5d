/** The middle of the sorted values; of an even number the mean of the middle two. Null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}

/** How far the values lie apart: (greatest - least) / median. Null of nothing, and where the median is 0. */
export function spread(values: readonly number[]): number | null {
  const middle = median(values)
  if (middle === null || middle === 0) return null
  return (Math.max(...values) - Math.min(...values)) / middle
}

/** Null where one of the two is not known, or the divisor is 0. */
export function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null || divisor === 0 ? null : dividend / divisor
}
