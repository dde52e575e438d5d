import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExactColumn, ExactType } from '../../../src/format/index.ts'
import { textWriter } from '../../../src/format/wire-text.ts'
import { cases } from '../../setup/chance.ts'

/** The text of a value; null if the writer refuses it. */
function written(column: ExactColumn, value: Buffer): string | null {
  const writer = textWriter(column)
  if (writer === null) throw new Error('the column has no text writer')
  const out = Buffer.alloc(writer.mostBytes + 6, '#')
  const end = writer.write(Buffer.concat([Buffer.of(9), value]), 1, 1 + value.length, out, 3)
  if (end < 0) return null
  expect(out.toString('latin1', end)).toMatch(/^#{3,}$/)
  expect(out.toString('latin1', 0, 3)).toBe('###')
  return out.toString('latin1', 3, end)
}

const int = (bits: 8 | 16 | 32 | 64, signed = true): ExactType => ({ kind: 'int', bits, signed })
const UNSIGNED_64: ExactType = { kind: 'decimal', precision: 20, scale: 0 }

function bytes(length: number, fill: (out: Buffer) => unknown): Buffer {
  const out = Buffer.alloc(length)
  fill(out)
  return out
}
const float = (value: number): Buffer => bytes(4, out => out.writeFloatLE(value))
const double = (value: number): Buffer => bytes(8, out => out.writeDoubleLE(value))

test.each([
  ['le8', int(8), [0x80], '-128'],
  ['le8', int(8, false), [0xff], '255'],
  ['le16', int(16), [0xff, 0x7f], '32767'],
  ['le16', int(16, false), [0xff, 0xff], '65535'],
  ['le32', int(32), [0, 0, 0, 0x80], '-2147483648'],
  // INT UNSIGNED
  ['le32', int(64), [0xff, 0xff, 0xff, 0xff], '4294967295'],
  ['le64', int(64), [0, 0, 0, 0, 0, 0, 0, 0x80], '-9223372036854775808'],
  ['le64', int(64), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], '-1'],
  ['le64', UNSIGNED_64, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], '18446744073709551615'],
  ['le64', int(64), [0, 0, 0, 0, 0, 0, 0, 0], '0'],
] as const)(
  'the text of an integer of the form %s has the signedness of its column',
  (wire, type, value, text) => {
    expect(written({ type, wire }, Buffer.from(value))).toBe(text)
    // The signedness is that of the column's own type, not of a requested one.
    expect(written({ type: { kind: 'string' }, source: type, wire }, Buffer.from(value))).toBe(text)
  },
)

test('random integers have the text of BigInt', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), value => {
      const type = value < 2n ** 63n ? int(64) : UNSIGNED_64
      expect(
        written(
          { type, wire: 'le64' },
          bytes(8, out => out.writeBigUInt64LE(BigInt.asUintN(64, value))),
        ),
      ).toBe(`${value}`)
    }),
    { numRuns: cases(1000) },
  )
})

test.each([
  [42, 8, '00000042'],
  [123456789, 8, '123456789'],
  [0, 4, '0000'],
])('a number with ZEROFILL has zeros before it: %s in %s characters', (value, leastCharacters, text) => {
  const column: ExactColumn = { type: int(32), wire: 'le32', leastCharacters }
  expect(
    written(
      column,
      bytes(4, out => out.writeInt32LE(value)),
    ),
  ).toBe(text)
})

test.each([
  [16777216, '16777216'],
  [0.1, '0.1'],
  [3.4028234663852886e38, '3.4028235e38'],
  [1.401298464324817e-45, '1e-45'],
  [-1.1754943508222875e-38, '-1.1754944e-38'],
  [1e15, '1e15'],
  [123456.7, '123456.7'],
  [-0, '-0'],
])('a FLOAT of %s has the shortest text that is the same FLOAT: %s', (value, text) => {
  expect(written({ type: { kind: 'float' }, wire: 'leFloat' }, float(value))).toBe(text)
})

test('the text of any FLOAT is the same FLOAT, and no shorter one is', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
      const text = written({ type: { kind: 'float' }, wire: 'leFloat' }, float(value)) ?? ''
      expect(Math.fround(Number(text))).toBe(value)
      const digits = text
        .replace(/e.*/, '')
        .replace(/[-.]/g, '')
        .replace(/^0+|0+$/g, '').length
      expect(digits).toBeLessThanOrEqual(9)
      if (digits > 1) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value)
    }),
    { numRuns: cases(2000) },
  )
})

test('the text of any DOUBLE is the same DOUBLE', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
      expect(Number(written({ type: { kind: 'double' }, wire: 'leDouble' }, double(value)))).toBe(value)
    }),
    { numRuns: cases(2000) },
  )
})

test.each([
  [0.5, 0, '0'],
  [1.5, 0, '2'],
  [2.5, 0, '2'],
  [0.125, 2, '0.12'],
  [0.375, 2, '0.38'],
  [1.005, 2, '1.00'],
  [1e22, 2, '10000000000000000000000.00'],
  [-0, 2, '-0.00'],
  [-1234.567, 3, '-1234.567'],
  [0.1, 30, '0.100000000000000005551115123126'],
])('a DOUBLE of %s with %s decimals is %s', (value, decimals, text) => {
  expect(written({ type: { kind: 'double' }, wire: 'leDouble', decimals }, double(value))).toBe(text)
})

test('a FLOAT with a fixed count of decimals has more if it needs them', () => {
  const column: ExactColumn = { type: { kind: 'float' }, wire: 'leFloat', decimals: 2 }
  expect(written(column, float(1.5))).toBe('1.50')
  expect(written(column, float(1.2345))).toBe('1.2345')
})

const DATE = [0xe8, 0x07, 2, 29]
const TIME = [...DATE, 1, 2, 3]
const MICROS = [...TIME, 0x40, 0xe2, 0x01, 0]

test.each([
  ['date', undefined, [], '0000-00-00'],
  ['date', undefined, DATE, '2024-02-29'],
  ['timestamp', 0, [], '0000-00-00 00:00:00'],
  ['timestamp', 3, [], '0000-00-00 00:00:00.000'],
  ['timestamp', 0, DATE, '2024-02-29 00:00:00'],
  ['timestamp', 2, TIME, '2024-02-29 01:02:03.00'],
  ['timestamp', 6, MICROS, '2024-02-29 01:02:03.123456'],
  ['timestamp', 3, MICROS, '2024-02-29 01:02:03.123'],
  ['timestamp', undefined, TIME, '2024-02-29 01:02:03'],
  ['timestamp', undefined, MICROS, '2024-02-29 01:02:03.123456'],
  ['timestamp', 0, [...DATE, 1], null],
] as const)('a %s with %s decimals is the text of the server', (kind, decimals, value, text) => {
  const type: ExactType = kind === 'date' ? { kind } : { kind, utc: false }
  const column: ExactColumn = { type, wire: 'leDate', ...(decimals === undefined ? {} : { decimals }) }
  expect(written(column, Buffer.from(value))).toBe(text)
})

test.each([
  [0, [], '00:00:00'],
  [6, [], '00:00:00.000000'],
  [6, [1, 34, 0, 0, 0, 22, 59, 59], '-838:59:59.000000'],
  [3, [0, 0, 0, 0, 0, 1, 2, 3, 0x40, 0xe2, 0x01, 0], '01:02:03.123'],
  [0, [0, 0, 0, 0, 0, 1], null],
])('a TIME with %s decimals is the text of the server', (decimals, value, text) => {
  expect(written({ type: { kind: 'string' }, wire: 'leTime', decimals }, Buffer.from(value))).toBe(text)
})

test('a value of the wrong length has no text, and a form that is text needs no writer', () => {
  expect(written({ type: int(32), wire: 'le32' }, Buffer.alloc(3))).toBeNull()
  expect(written({ type: { kind: 'float' }, wire: 'leFloat' }, Buffer.alloc(8))).toBeNull()
  expect(textWriter({ type: { kind: 'string' }, wire: 'text' })).toBeNull()
})
