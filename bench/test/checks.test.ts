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

test("the server's own bytes pass", () => {
  expect(() => expectText('us', TEXT, SUBJECT)).not.toThrow()
})

test.each([
  ['a byte less', TEXT.subarray(1), 'bytes of mysql/narrow: 7, where 8 is right'],
  ['another byte', Buffer.from('1\ta\n2\tc\n'), 'SHA-256 of mysql/narrow'],
])('%s fails', (_name, bytes, message) => {
  expect(() => expectText('us', bytes, SUBJECT)).toThrow(BenchError)
  expect(() => expectText('us', bytes, SUBJECT)).toThrow(message)
})

test('where the database has no TEXT of its own nothing is compared', () => {
  expect(() => expectText('us', TEXT.subarray(1), { ...SUBJECT, isOracle: false })).not.toThrow()
})

test('a number that is not the right one fails, and so does one that is not there', () => {
  expect(() => expectEqual('rows', 3, 3)).not.toThrow()
  expect(() => expectEqual('rows', 3, 4)).toThrow('rows: 3, where 4 is right')
  expect(() => expectEqual('bytes', null, 4)).toThrow('bytes: null')
})
