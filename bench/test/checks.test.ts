import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { BenchError } from '../src/bench-error.ts'
import { expectEqual, expectText } from '../src/scenarios/checks.ts'
import type { Subject } from '../src/subject.ts'

const TEXT = Buffer.from('1\ta\n2\tb\n')
const SUBJECT: Subject = {
  id: 'mysql/narrow',
  dialect: 'mysql',
  title: 'table1',
  table: 'table1',
  query: 'SELECT * FROM table1',
  rows: 2,
  textBytes: TEXT.length,
  textSha256: createHash('sha256').update(TEXT).digest('hex'),
  isOracle: true,
}

test("expectText accepts the server's own bytes", () => {
  expect(() => expectText('us', TEXT, SUBJECT)).not.toThrow()
})

test.each([
  ['a byte less', TEXT.subarray(1), 'bytes of mysql/narrow: 7 instead of 8'],
  ['another byte', Buffer.from('1\ta\n2\tc\n'), 'SHA-256 of mysql/narrow'],
])('%s fails', (_name, bytes, message) => {
  expect(() => expectText('us', bytes, SUBJECT)).toThrow(BenchError)
  expect(() => expectText('us', bytes, SUBJECT)).toThrow(message)
})

test('expectText compares nothing when the database has no TEXT of its own', () => {
  expect(() => expectText('us', TEXT.subarray(1), { ...SUBJECT, isOracle: false })).not.toThrow()
})

test('expectEqual fails when a number is wrong or missing', () => {
  expect(() => expectEqual('rows', 3, 3)).not.toThrow()
  expect(() => expectEqual('rows', 3, 4)).toThrow('rows: 3 instead of 4')
  expect(() => expectEqual('bytes', null, 4)).toThrow('bytes: null')
})
