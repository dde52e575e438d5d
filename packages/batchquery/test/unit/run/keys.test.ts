import { expect, test } from 'vitest'

import { lockKey } from '../../../src/run/keys.ts'

test('the name of a lock is the SHA-256 that sha256sum prints', () => {
  const sum = 'b044c69036ec23fd43b8c4c0651eb90adb4d1f5b2086ab98c7d35de48b14d891'
  expect(lockKey('s3://batchquery-s3/output/result')).toBe(`locks/${sum}`)
})
