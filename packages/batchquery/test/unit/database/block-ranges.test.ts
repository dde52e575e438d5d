import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockIntervals } from '../../../src/database/postgres/parallel/block-ranges.ts'

/** The blocks of an interval: from, and to without it. */
function boundsOf(where: string): readonly [from: number, to: number] {
  const [, from = '0'] = /ctid >= '\((\d+),0\)'/.exec(where) ?? []
  const [, to = 'Infinity'] = /ctid < '\((\d+),0\)'/.exec(where) ?? []
  return [Number(from), Number(to)]
}

const tables = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 4_000_000_000 })),
  {
    maxLength: 8,
  },
)

test('intervals of blocks have every block once, in order, and are open at both ends', () => {
  let divided = 0
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 400 }), (blocks, count) => {
      const intervals = blockIntervals(blocks, count)
      const bounds = intervals.map(({ where }) => boundsOf(where))
      expect(bounds[0][0]).toBe(0)
      expect(bounds.at(-1)?.[1]).toBe(Number.POSITIVE_INFINITY)
      for (const [index, [from, to]] of bounds.entries()) {
        expect(from).toBeLessThan(to)
        if (index > 0) expect(from).toBe(bounds[index - 1][1])
      }
      expect(intervals.length).toBeLessThanOrEqual(count)
      expect(intervals.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
      if (intervals.length > 1) divided++
    }),
  )
  expect(divided).toBeGreaterThan(10)
})

test('intervals of blocks have about the same size, also over tables of different sizes', () => {
  for (const blocks of [[1600], [1000, 600], [1500, 50, 50], Array.from({ length: 16 }, () => 100)]) {
    const shares = blockIntervals(blocks, 16).map(({ share }) => share)
    expect(shares.length).toBe(16)
    expect(Math.max(...shares)).toBeLessThan(1.25 / 16)
  }
})

test('an empty table, or one of one block, is one interval', () => {
  for (const blocks of [[], [0], [1], [0, 0, 1]])
    expect(blockIntervals(blocks, 8)).toEqual([{ where: 'true', share: 1 }])
})
