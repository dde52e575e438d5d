import { expect, test } from 'vitest'

import { lockKey } from '../../../src/run/keys.ts'

test('a lock has the name that sha256sum gives', () => {
  const sum = 'b044c69036ec23fd43b8c4c0651eb90adb4d1f5b2086ab98c7d35de48b14d891'
  expect(lockKey('s3://batchquery-s3/output/result')).toBe(`locks/${sum}`)
})
