import { expect, test } from 'vitest'

import { parseDuration } from '../../../src/platform/index.ts'

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
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

// 25 days are more than a timer of Node can wait: it would fire at once.
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
])('%j is refused with the value shown', text => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(JSON.stringify(text.slice(0, 100))),
      hint: expect.stringContaining('2h'),
    }),
  )
})
