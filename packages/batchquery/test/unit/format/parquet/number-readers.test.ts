import { expect, test } from 'vitest'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import { type ColumnType, compare, readPlain } from './read-values.ts'

const random = new Random()

const int = (bits: 8 | 16 | 32 | 64, signed: boolean): ColumnType => ({
  type: { kind: 'int', bits, signed },
  wire: 'text',
})
const decimal = (precision: number, scale: number, wire: 'text' | 'numeric' = 'text'): ColumnType => ({
  type: { kind: 'decimal', precision, scale },
  wire,
})

const bigFixed = (plain: Buffer): bigint =>
  BigInt.asIntN(128, (plain.readBigUInt64BE() << 64n) | plain.readBigUInt64BE(8))

function randomInteger(bits: number, signed: boolean): bigint {
  const width = random.integer(1, signed ? bits - 1 : bits)
  let value = 0n
  for (let k = 0; k < width; k++) value = value * 2n + BigInt(random.integer(0, 1))
  return signed && random.chance(0.5) ? -value - BigInt(random.integer(0, 1)) : value
}

test.each([
  [8, true],
  [8, false],
  [16, true],
  [16, false],
  [32, true],
  [32, false],
] as const)('the reader of %i-bit integers (signed: %s) agrees with BigInt', (bits, signed) => {
  const make = () => {
    const value = randomInteger(bits, signed)
    return [
      random.chance(0.1) && value >= 0n ? `000${value}` : String(value),
      Number(BigInt.asIntN(32, value)),
    ] as const
  }
  compare(int(bits, signed), 20_000, make, plain => plain.readInt32LE())
})

test.each([true, false])('the reader of 64-bit integers (signed: %s) agrees with BigInt', signed => {
  const make = () => {
    const value = randomInteger(64, signed)
    const text = random.chance(0.1) && value >= 0n ? String(value).padStart(30, '0') : String(value)
    return [text, value] as const
  }
  compare(int(64, signed), 100_000, make, plain =>
    signed ? plain.readBigInt64LE() : plain.readBigUInt64LE(),
  )
})

test.each([
  [8, true, ['127', '-128'], ['128', '-129']],
  [8, false, ['0', '255'], ['256', '-1']],
  [16, true, ['32767', '-32768'], ['32768', '-32769']],
  [32, true, ['2147483647', '-2147483648'], ['2147483648', '-2147483649', '99999999999999999999999']],
  [32, false, ['4294967295'], ['4294967296']],
  [
    64,
    true,
    ['9223372036854775807', '-9223372036854775808'],
    ['9223372036854775808', '-9223372036854775809'],
  ],
  [
    64,
    false,
    ['18446744073709551615'],
    ['18446744073709551616', '99999999999999999999', '-1', '-10000000000'],
  ],
] as const)('the reader of %i-bit integers (signed: %s) knows its range', (bits, signed, good, bad) => {
  for (const text of good) expect(readPlain(int(bits, signed), [text])).toBeInstanceOf(Buffer)
  for (const text of [...bad, '', '-', '1.5', ' 1', '1e3', '12345678x', '1234567890x', '--1', '+1', 'NULL'])
    expect(readPlain(int(bits, signed), [text]), text).toBe(0)
})

test.each([
  [1, 0],
  [9, 2],
  [9, 9],
  [18, 0],
  [18, 6],
  [18, 18],
  [19, 4],
  [38, 0],
  [38, 10],
  [38, 38],
])('the reader of DECIMAL(%i,%i) agrees with BigInt', (precision, scale) => {
  const make = () => {
    const whole = random.digits(random.integer(precision === scale ? 0 : 1, precision - scale)) || '0'
    const fraction = scale === 0 ? '' : random.digits(scale)
    const sign = random.chance(0.5) ? '-' : ''
    const expected = BigInt(sign + (whole === '0' && fraction !== '' ? fraction : whole + fraction) || '0')
    // Servers write all digits of the scale; other forms mean the same.
    let text = scale === 0 ? whole : `${whole}.${fraction}`
    if (random.chance(0.05)) text = scale === 0 ? `${text}.00` : `${text}000`
    if (random.chance(0.05) && scale > 0) text = text.replace(/0+$/, '')
    if (random.chance(0.05)) text = `00${text}`
    return [sign + text, expected] as const
  }
  const decode = (plain: Buffer) =>
    plain.length === 4
      ? BigInt(plain.readInt32LE())
      : plain.length === 8
        ? plain.readBigInt64LE()
        : bigFixed(plain)
  compare(decimal(precision, scale), 20_000, make, decode)
  compare(decimal(precision, scale, 'numeric'), 20_000, () => numericCase(make()), decode)
})

/** PostgreSQL's binary form of the text, as numeric_send writes it: without zeros at either end. */
function numericCase([text, expected]: readonly [string, bigint]): readonly [Buffer, bigint] {
  return [numericOf(text), expected]
}

function numericOf(text: string): Buffer {
  const isNegative = text.startsWith('-')
  const [whole, fraction = ''] = (isNegative ? text.slice(1) : text).split('.')
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, '0')
  const right = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')
  const groups = (left + right).match(/\d{4}/g) ?? []
  let weight = left.length / 4 - 1
  while (groups[0] === '0000') {
    groups.shift()
    weight--
  }
  while (groups.at(-1) === '0000') groups.pop()
  if (groups.length === 0) weight = 0
  const out = Buffer.alloc(8 + 2 * groups.length)
  out.writeInt16BE(groups.length)
  out.writeInt16BE(weight, 2)
  out.writeUInt16BE(isNegative && groups.length > 0 ? 0x4000 : 0, 4)
  out.writeInt16BE(fraction.length, 6)
  groups.forEach((group, k) => {
    out.writeInt16BE(Number(group), 8 + 2 * k)
  })
  return out
}

test.each([
  [
    5,
    2,
    ['999.99', '-999.99', '0.00', '1', '1.', '.5', '1.5', '001.50', '1.5000'],
    ['1000.00', '1.005', '99999', '9999.9'],
  ],
  [9, 0, ['999999999'], ['1000000000', '1.5', '12345678901']],
  [18, 2, ['9999999999999999.99'], ['10000000000000000.00', '12345678901234567.89', '1.234']],
  [38, 2, ['9'.repeat(36), `-${'9'.repeat(36)}.99`], ['9'.repeat(37), '1.234', `1${'0'.repeat(60)}`]],
] as const)('the reader of DECIMAL(%i,%i) refuses what does not fit', (precision, scale, good, bad) => {
  for (const text of good) expect(readPlain(decimal(precision, scale), [text]), text).toBeInstanceOf(Buffer)
  for (const text of [...bad, '', '-', '.', '1.2.3', '1e3', 'NaN', 'Infinity', '12a', '1 ', '+1', '--1'])
    expect(readPlain(decimal(precision, scale), [text]), text).toBe(0)
  for (const text of [...good].filter(text => /^-?\d+(\.\d+)?$/.test(text)))
    expect(readPlain(decimal(precision, scale, 'numeric'), [numericOf(text)]), text).toBeInstanceOf(Buffer)
  for (const text of bad)
    expect(readPlain(decimal(precision, scale, 'numeric'), [numericOf(text)]), text).toBe(0)
  for (const sign of [0xc000, 0xd000, 0xf000]) {
    const special = Buffer.alloc(8)
    special.writeUInt16BE(sign, 4)
    expect(readPlain(decimal(precision, scale, 'numeric'), [special])).toBe(0)
  }
  expect(readPlain(decimal(precision, scale, 'numeric'), [Buffer.alloc(7)])).toBe(0)
})

test('the text of a binary numeric is what PostgreSQL writes', () => {
  const column: ColumnType = { type: { kind: 'string' }, wire: 'numeric' }
  const textOf = (bytes: Buffer): string => {
    const plain = readPlain(column, [bytes])
    if (typeof plain === 'number') throw new Error('refused')
    expect(plain.readInt32LE()).toBe(plain.length - 4)
    return plain.toString('latin1', 4)
  }
  for (const text of ['0', '0.00', '1', '-1', '10000', '12345678.0001', '-0.00000123', `1${'0'.repeat(500)}`])
    expect(textOf(numericOf(text))).toBe(text)
  for (let k = 0; k < cases(2000); k++) {
    const fraction = random.digits(random.integer(0, 30))
    const sign = random.chance(0.5) ? '-' : ''
    const text = `${sign}${random.integer(1, 9)}${random.digits(random.integer(0, 40))}${fraction === '' ? '' : `.${fraction}`}`
    expect(textOf(numericOf(text))).toBe(text)
  }
  for (const [sign, text] of [
    [0xc000, 'NaN'],
    [0xd000, 'Infinity'],
    [0xf000, '-Infinity'],
  ] as const) {
    const special = Buffer.alloc(8)
    special.writeUInt16BE(sign, 4)
    expect(textOf(special)).toBe(text)
  }
})
