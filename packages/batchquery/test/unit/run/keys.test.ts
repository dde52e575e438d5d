import fc from 'fast-check'
import { expect, test } from 'vitest'

import { isRunId } from '../../../src/platform/index.ts'
import { indexKey, lockKey, parseIndexKey } from '../../../src/run/keys.ts'

test('index keys sort the newest first and say what they were made of', () => {
  const time = fc.date({ min: new Date(1), max: new Date('2286-11-20'), noInvalidDate: true })
  const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/).filter(isRunId)
  fc.assert(
    fc.property(time, id, time, id, (createdAt, name, otherTime, otherName) => {
      const key = indexKey(createdAt, name)
      expect(parseIndexKey(key)).toEqual({ id: name, createdAt })
      if (createdAt > otherTime) expect(key < indexKey(otherTime, otherName)).toBe(true)
    }),
  )
})

test.each([
  'index/',
  'index/123_x',
  'index/8204645055000_',
  'index/8204645055000_a/b',
  'index/8204645055000_..',
  'index/8204645055000_.',
  'runs/8204645055000_x',
])('%s is no index key', key => {
  expect(parseIndexKey(key)).toBeNull()
})

test('a lock has the name that sha256sum gives', () => {
  const sum = 'b044c69036ec23fd43b8c4c0651eb90adb4d1f5b2086ab98c7d35de48b14d891'
  expect(lockKey('s3://batchquery-s3/output/result')).toBe(`locks/${sum}`)
})
