import { expect, test } from 'vitest'
import { ResultEnd } from '../src/programs/mysql-result-end.ts'

/** A packet of the protocol: three bytes of length, the sequence number, the payload. */
function packet(payload: Buffer | string, sequence = 0): Buffer {
  const body = Buffer.from(payload)
  const header = Buffer.alloc(4)
  header.writeUIntLE(body.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, body])
}

const END = packet(Buffer.from([0xfe, 0, 0, 0x22, 0]), 9)
const COLUMNS = Buffer.concat([packet('\x02'), packet('column one'), packet('column two'), END])
const ROWS = Buffer.concat([packet('row 1'), packet('a longer row, 2'), packet(Buffer.alloc(300, 'x'))])
const ANSWER = Buffer.concat([COLUMNS, ROWS, END])

test('an answer in chunks of any size ends with its last chunk and not before', () => {
  for (let size = 1; size <= ANSWER.length; size++) {
    const end = new ResultEnd()
    const seen: boolean[] = []
    for (let at = 0; at < ANSWER.length; at += size) seen.push(end.sees(ANSWER.subarray(at, at + size)))
    expect(seen.lastIndexOf(true)).toBe(seen.length - 1)
    expect(seen.indexOf(true)).toBe(seen.length - 1)
    expect(end.bytes).toBe(ANSWER.length)
  }
})

test('the end of the columns is not the end of the answer', () => {
  const end = new ResultEnd()
  expect(end.sees(COLUMNS)).toBe(false)
  expect(end.sees(END)).toBe(true)
})

test('an error instead of the columns is thrown', () => {
  const error = packet(Buffer.concat([Buffer.from([0xff]), Buffer.from('no such table')]))
  expect(() => new ResultEnd().sees(error)).toThrow('no such table')
})
