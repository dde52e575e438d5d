/**
 * The middle of the sorted values. For an even number of values the mean of the middle two. Null if there are none.
 */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2
}

/** The spread of the values: (greatest - least) / median. Null if there are none, or if the median is 0. */
export function spread(values: readonly number[]): number | null {
  const middle = median(values)
  if (middle === null || middle === 0) return null
  return (Math.max(...values) - Math.min(...values)) / middle
}

/** Null if one of the two is unknown, or the divisor is 0. */
export function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null || divisor === 0 ? null : dividend / divisor
}
