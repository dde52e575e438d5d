const DIGITS = Array.from({ length: 10 }, (_, digit) => `SELECT ${digit}${digit === 0 ? ' AS d' : ''}`)

/**
 * A table of the numbers 1 to `count` for a FROM, with the column `seq`, on every MySQL server. The first rows arrive
 * at once, for any number of rows, in an order that the server chooses.
 */
export function numbers(count: number, alias = 'numbers'): string {
  const places = Array.from({ length: String(count - 1).length }, (_, place) => place)
  const value = places.map(place => `${10 ** place} * d${place}.d`).join(' + ')
  // Nested loops, with the first table outermost. A hash join of MySQL 8 would send no row before its end.
  const digits = places.map(place => `(${DIGITS.join(' UNION ALL ')}) d${place}`).reverse()
  return `(SELECT /*+ NO_BNL() */ ${value} + 1 AS seq FROM ${digits.join(' STRAIGHT_JOIN ')} WHERE ${value} < ${count}) ${alias}`
}
