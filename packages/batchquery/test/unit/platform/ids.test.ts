import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { checkRunId, newRunId } from '../../../src/platform/index.ts'

describe('newRunId', () => {
  test('shows the time in UTC and has no easily confused characters', () => {
    const now = new Date('2026-11-23T02:15:45.999Z')
    for (let i = 0; i < 200; i++) expect(newRunId(now)).toMatch(/^20261123-021545-[2-9a-hjkmnp-z]{6}$/)
  })

  test('sorts by time, differs within a second, and is a run id', () => {
    const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2286-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [early, late] = [one, other]
          .map(date => Math.floor(date.getTime() / 1000))
          .sort((a, b) => a - b)
        if (early === undefined || late === undefined || early === late) return
        const ids = [newRunId(new Date(early * 1000)), newRunId(new Date(late * 1000))]
        expect(ids.toSorted()).toEqual(ids)
        expect(ids.map(checkRunId)).toEqual(ids)
      }),
    )
    const now = new Date()
    expect(new Set(Array.from({ length: 1000 }, () => newRunId(now))).size).toBeGreaterThan(990)
  })
})

describe('checkRunId', () => {
  test.each(['a', '...', 'nightly-20261123T021500Z', '0'.repeat(32), 'x'.repeat(64), '-', '_.-'])(
    'takes %j',
    id => {
      expect(checkRunId(id)).toBe(id)
    },
  )

  test.each(['', '.', '..', 'a/b', '../x', 'a\\b', 'x'.repeat(65), 'a b', 'a\n', 'é', 'a\0', 'a%2fb'])(
    'refuses %j and shows it',
    text => {
      expect(() => checkRunId(text)).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(JSON.stringify(text)) }),
      )
    },
  )
})
