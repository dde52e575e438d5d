import { expect, test } from 'vitest'
import { verificationText } from '../../../src/cli/verification-text.ts'

const entry = (uri: string, ...messages: string[]) => ({
  ...{ uri, parts: 6, rows: 617, bytes: 28_350_000 },
  differences: messages.map(message => ({ uri, message })),
})

test('a verification has ok for each export, and their sums', () => {
  expect(verificationText([entry('s3://b/r'), entry('s3://b/z')], 'SUCCEEDED')).toBe(
    [
      'ok       s3://b/r: 6 parts, 617 rows, 28.4 MB',
      'ok       s3://b/z: 6 parts, 617 rows, 28.4 MB',
      'verified: 2 exports, 12 parts, 1,234 rows, 56.7 MB',
    ].join('\n'),
  )
})

test('a verification shows the differences', () => {
  const exports = [
    entry('s3://b/r', 'r.part_00001 is missing', 'two', 'three'),
    entry('s3://b/z', 'one'),
    entry('s3://b/y'),
  ]
  expect(verificationText(exports, 'SUCCEEDED')).toBe(
    [
      'differs  s3://b/r: r.part_00001 is missing, and 2 more differences',
      'differs  s3://b/z: one',
      'ok       s3://b/y: 6 parts, 617 rows, 28.4 MB',
      'not verified: 2 of 3 exports differ',
    ].join('\n'),
  )
})

test('a verification shows the state of a run that has not SUCCEEDED, although all exports are ok', () => {
  expect(verificationText([entry('s3://b/r')], 'FAILED')).toMatch(/^ok .*\nnot verified: the run is FAILED$/)
})

test('a verification escapes control characters', () => {
  expect(verificationText([entry('s3://b/\u001b[2J')], 'SUCCEEDED')).toContain('ok       s3://b/\\u001b[2J: ')
})
