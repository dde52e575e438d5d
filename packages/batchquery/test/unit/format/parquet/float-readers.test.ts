import { expect, test } from 'vitest'
import { Random } from './random.ts'
import { type ColumnType, compare, readEach, readPlain } from './read-values.ts'

const random = new Random()
const DOUBLE: ColumnType = { type: { kind: 'double' }, wire: 'text' }
const FLOAT: ColumnType = { type: { kind: 'float' }, wire: 'text' }

/** Any double, and texts with any number of digits and any exponent. */
function doubleText(): string {
  const bits = Buffer.alloc(8)
  for (let k = 0; k < 8; k++) bits[k] = random.integer(0, 255)
  const value = bits.readDoubleLE()
  const small = (random.fraction() - 0.5) * 10 ** random.integer(-20, 20)
  switch (random.integer(0, 7)) {
    case 0:
      return String(value)
    case 1:
      return small.toPrecision(random.integer(1, 21))
    case 2:
      return String(random.integer(0, 1e15) / random.integer(1, 1e6))
    case 3:
      return `${random.digits(random.integer(1, 25))}.${random.digits(random.integer(1, 25))}`
    case 4:
      return `-${random.digits(random.integer(1, 20))}e${random.pick(['', '+', '-'])}${random.integer(0, 40)}`
    case 5:
      // The middle of two doubles, or a number close to it.
      return `${(2n ** 53n + BigInt(random.integer(0, 2 ** 31)) * 2n + 1n).toString()}${random.pick(['', '.0', '.1', '0', '1'])}`
    case 6:
      return `0.${'0'.repeat(random.integer(0, 6))}${random.digits(random.integer(15, 18))}`
    default:
      return String(small)
  }
}

const finite = (text: string): boolean => Number.isFinite(Number(text))

function finiteText(largest: number): string {
  for (;;) {
    const text = doubleText()
    if (text !== 'NaN' && finite(text) && Math.abs(Number(text)) <= largest) return text
  }
}

test('the reader of doubles agrees with Number', () => {
  const make = () => {
    const text = finiteText(Number.MAX_VALUE)
    return [text, Number(text)] as const
  }
  compare(DOUBLE, 100_000, make, plain => plain.readDoubleLE())
})

test('the reader of floats agrees with Math.fround', () => {
  const make = () => {
    const text = finiteText(3e38)
    return [text, Math.fround(Number(text))] as const
  }
  compare(FLOAT, 50_000, make, plain => plain.readFloatLE())
})

test('the readers of floating point numbers take infinity and NaN, and refuse what is not a number or too large', () => {
  for (const column of [DOUBLE, FLOAT]) {
    const texts = ['NaN', 'Infinity', '-Infinity', 'inf', '-inf', '-0', '0', '0e0', '.5', '5.', '-1E5']
    expect(
      readEach(column, texts).map(plain => (plain.length === 8 ? plain.readDoubleLE() : plain.readFloatLE())),
    ).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      0,
      0,
      0.5,
      5,
      -1e5,
    ])
    for (const text of [
      '',
      '-',
      '.',
      'e5',
      '1e',
      '1e+',
      '0x10',
      '1_0',
      '1.2.3',
      '1e400',
      '-1e999',
      ' 1',
      'Na',
      '1 ',
    ])
      expect(readPlain(column, [text]), text).toBe(0)
  }
  expect(readPlain(FLOAT, ['1e39'])).toBe(0)
  expect(readPlain(FLOAT, ['-3.5e38'])).toBe(0)
})
