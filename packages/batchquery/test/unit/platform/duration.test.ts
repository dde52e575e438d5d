import { expect, test } from 'vitest'

import { durationText, parseDuration } from '../../../src/platform/index.ts'

test.each([
  ['1s', 1],
  ['90s', 90],
  ['45m', 2_700],
  ['2h', 7_200],
  ['1.5h', 5_400],
  ['2 hours', 7_200],
  ['1d', 86_400],
  ['24d', 2_073_600],
  ['1500ms', 1.5],
])('parseDuration reads %s as %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

// A Node timer fires at once if it must wait 25 days.
test.each([
  '',
  '90',
  '2x',
  'h',
  '-1h',
  '0s',
  '500ms',
  '25d',
  '1y',
  '2h30m',
  '1e3s',
  ' 2h',
  'NaNs',
  `${'9'.repeat(200)}s`,
])('parseDuration refuses %j and shows it', text => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(JSON.stringify(text.slice(0, 100))),
      hint: expect.stringContaining('2h'),
    }),
  )
})

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [4.24, '4.2 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min'],
  [75, '1 min 15 s'],
  [3_599, '59 min 59 s'],
  [7_200, '2 h'],
  [7_659, '2 h 7 min'],
  [86_400 * 3 + 14_460, '3 d 4 h'],
])('durationText prints %d seconds as %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text)
})
