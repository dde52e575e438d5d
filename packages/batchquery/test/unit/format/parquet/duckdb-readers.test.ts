import { expect, test } from 'vitest'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import { type ColumnType, readEach, readPlain } from './read-values.ts'

const BYTES: ColumnType = { type: { kind: 'bytes' }, wire: 'base64' }
const DAYS: ColumnType = { type: { kind: 'date' }, wire: 'epoch' }
const MICROS: ColumnType = { type: { kind: 'timestamp', utc: true }, wire: 'epoch' }

function plainOf(values: readonly Buffer[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      const length = Buffer.alloc(4)
      length.writeInt32LE(value.length)
      return Buffer.concat([length, value])
    }),
  )
}

test('the base64 reader agrees with Node on values of any length', () => {
  const random = new Random()
  const lengths = [...Array.from({ length: 400 }, (_, length) => length), 49_151, 49_152, 49_153, 300_001]
  for (let k = 0; k < cases(2000); k++) lengths.push(random.integer(0, 300))
  const values = lengths.map(length => Buffer.from(Array.from({ length }, () => random.integer(0, 255))))
  const plain = readPlain(
    BYTES,
    values.map(value => value.toString('base64')),
  )
  if (typeof plain === 'number') throw new Error(`the reader refused value ${plain}`)
  expect(plain.equals(plainOf(values))).toBe(true)
})

test.each(['AAA', 'AA=', 'AA?=', '=AAA', 'AAAAA', `${'A'.repeat(400)}?AAA`])(
  'the base64 reader refuses %s',
  text => {
    expect(readPlain(BYTES, ['AAAA', text, 'AAAA'])).toBe(1)
  },
)

test('the readers of counts since 1970 take the whole range of their type', () => {
  const days = [0, 1, -1, 2_147_483_646, -2_147_483_646]
  expect(readEach(DAYS, days.map(String)).map(plain => plain.readInt32LE())).toEqual(days)
  const micros = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]
  expect(readEach(MICROS, micros.map(String)).map(plain => plain.readBigInt64LE())).toEqual(micros)
})

test.each(['infinity', '-infinity', '2024-01-01', ''])('the readers of counts since 1970 refuse %j', text => {
  expect(readPlain(DAYS, ['1', text])).toBe(1)
  expect(readPlain(MICROS, ['1', text])).toBe(1)
})
