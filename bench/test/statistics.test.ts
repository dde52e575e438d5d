import { expect, test } from 'vitest'
import { median, quotient, spread } from '../src/statistics.ts'

test.each([
  [[], null],
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 100], 3],
  [[10, 9], 9.5],
])('the median of %j is %j', (values, wanted) => {
  expect(median(values)).toBe(wanted)
})

test('the median does not change its argument', () => {
  const values = [3, 1, 2]
  median(values)
  expect(values).toEqual([3, 1, 2])
})

test('the spread is a share of the median', () => {
  expect(spread([2, 4, 5])).toBe(0.75)
  expect(spread([7])).toBe(0)
  expect(spread([])).toBeNull()
  expect(spread([0, 0])).toBeNull()
})

test('a quotient is null when a value is unknown or the divisor is 0', () => {
  expect(quotient(3, 2)).toBe(1.5)
  expect(quotient(null, 2)).toBeNull()
  expect(quotient(3, null)).toBeNull()
  expect(quotient(3, 0)).toBeNull()
})
