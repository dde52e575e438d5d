import { expect, test } from 'vitest'
import { judgeClock } from '../../../src/doctor/clock.ts'

const before = new Date('2026-11-25T12:00:00Z')
const after = new Date('2026-11-25T12:00:02Z')
const clocks = (seconds: number) => ({
  whose: 'the server',
  theirs: new Date('2026-11-25T12:00:01Z').getTime() + seconds * 1000,
  before,
  after,
})
const judge = (seconds: number, needsToken: boolean) => {
  const { theirs, ...others } = clocks(seconds)
  return judgeClock({ ...others, theirs: new Date(theirs) }, needsToken)
}

test.each([
  [0, 'the server is in step with this machine'],
  [300, 'the server is 300 s ahead of this machine'],
  [-300, 'the server is 300 s behind this machine'],
])('judgeClock allows %i s, measured from the middle of the question', (seconds, figure) => {
  for (const needsToken of [false, true]) expect(judge(seconds, needsToken)).toEqual({ figure })
})

test.each([301, -301])('judgeClock warns at %i s, and fails when logins send a token', seconds => {
  expect(judge(seconds, false)).toMatchObject({
    warnings: [expect.stringMatching(/301 s .*preferably by NTP$/)],
  })
  expect(() => judge(seconds, true)).toThrow(
    expect.objectContaining({ code: 'AUTHENTICATION', hint: expect.stringContaining('NTP') }),
  )
})
