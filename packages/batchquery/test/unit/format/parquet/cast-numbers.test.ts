import { describe, expect, test } from 'vitest'
import type { FlatType } from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'
import { BIG_DECIMAL, cast, DOUBLE, FLOAT, INT32, INT64, refusalOf, takes, UINT64 } from './cast-columns.ts'
import { Random } from './random.ts'
import { compare, readEach, readPlain } from './read-values.ts'

/** A number in one of its forms, with zeros that mean nothing. */
function formOf(digits: string, scale: number, random: Random): string {
  const padded = digits.padStart(scale + 1, '0')
  const whole = padded.slice(0, padded.length - scale)
  const fraction = scale === 0 ? '' : padded.slice(-scale)
  const zeros = '0'.repeat(random.integer(0, 3))
  switch (random.integer(0, 3)) {
    case 0:
      return `${whole}${fraction === '' ? '' : `.${fraction}`}`
    case 1:
      return `${zeros}${whole}.${fraction}${zeros || '0'}`
    case 2:
      return `${digits}${zeros}e${-scale - zeros.length}`
    default:
      return `${whole[0]}.${whole.slice(1)}${fraction}E+${whole.length - 1}`
  }
}

describe('an integer from a number', () => {
  test.each([INT32, INT64, UINT64] as const)('is BigInt of its digits: %j', type => {
    if (type.kind !== 'int') return
    const random = new Random()
    const most = type.bits === 32 ? 9 : type.signed ? 18 : 19
    compare(
      cast(type),
      20_000,
      () => {
        const digits = random.digits(random.integer(1, most))
        const sign = type.signed ? random.pick(['', '-', '+']) : random.pick(['', '+'])
        return [`${sign}${formOf(digits, 0, random)}`, BigInt(`${sign === '-' ? '-' : ''}${digits}`)]
      },
      plain =>
        type.bits === 32
          ? BigInt(plain.readInt32LE())
          : type.signed
            ? plain.readBigInt64LE()
            : plain.readBigUInt64LE(),
    )
  })

  test.each<[FlatType, string, string]>([
    [INT32, '2147483647', '-2147483648'],
    [INT64, '9223372036854775807', '-9223372036854775808'],
    [UINT64, '18446744073709551615', '0'],
  ])('is in the range of %j', (type, largest, smallest) => {
    for (const text of [largest, smallest, `${largest}.00`, '-0', '-0.0', '0e5', '+0'])
      expect(takes(cast(type), text), text).toBe(true)
    for (const text of [String(BigInt(largest) + 1n), String(BigInt(smallest) - 1n), '1e30', '1e99999'])
      expect(refusalOf(cast(type), text).why).toMatch(/^is out of the range of U?INT/)
    for (const text of ['5.5', '1e-1', '.5', '1.0000000000000000000000000001'])
      expect(refusalOf(cast(type), text).why).toMatch(/^has a fraction, which U?INT\d\d cannot have$/)
    for (const text of ['', ' 5', '5 ', 'x', '-', '.', 'e5', '1e', '0x10', '1_000', 'NaN', 'Infinity', '٣'])
      expect(refusalOf(cast(type), text)).toMatchObject({ why: 'is not a number', shown: text })
  })

  test('is read in a batch with plain and odd forms', () => {
    const texts = ['1', '2.0', '3', '4e0', '5', '6', '+7', '8', '90e-1']
    expect(readEach(cast(INT64), texts).map(plain => plain.readBigInt64LE())).toEqual(
      texts.map(text => BigInt(Number(text))),
    )
    expect(readPlain(cast(INT64), [...texts, '1.5', '1'])).toBe(texts.length)
  })
})

describe('a decimal from a number', () => {
  test.each([
    [9, 2],
    [9, 0],
    [18, 6],
    [38, 10],
    [38, 38],
  ])('is exact: DECIMAL(%i,%i)', (precision, scale) => {
    const random = new Random()
    compare(
      cast({ kind: 'decimal', precision, scale }, DOUBLE),
      20_000,
      () => {
        const digits = random.digits(random.integer(1, precision))
        const sign = random.pick(['', '-'])
        return [`${sign}${formOf(digits, scale, random)}`, BigInt(`${sign}${digits}`)]
      },
      plain =>
        plain.length === 4
          ? BigInt(plain.readInt32LE())
          : plain.length === 8
            ? plain.readBigInt64LE()
            : plain.readBigInt64BE() * 2n ** 64n + plain.readBigUInt64BE(8),
    )
  })

  test('has no other digits', () => {
    const column = cast({ kind: 'decimal', precision: 5, scale: 2 })
    for (const text of ['999.99', '-999.990', '1e2', '0.01', '1e-2']) expect(takes(column, text)).toBe(true)
    for (const text of ['1000', '-1000.00', '0.001', '1e-3', '1e3', '1e400'])
      expect(refusalOf(column, text).why).toBe('does not fit into DECIMAL(5,2)')
    expect(refusalOf(column, 'five').why).toBe('is not a number')
  })
})

describe('a floating-point number from a number', () => {
  test('is kept if JavaScript prints the same number', () => {
    const random = new Random()
    compare(
      cast(DOUBLE),
      20_000,
      () => {
        const bytes = Buffer.from(Array.from({ length: 8 }, () => random.integer(0, 255)))
        const value = bytes.readDoubleLE()
        return [String(value), value]
      },
      plain => plain.readDoubleLE(),
    )
    compare(
      cast(FLOAT),
      20_000,
      () => {
        const value = Number(`${random.integer(-999_999, 999_999)}e${random.integer(-30, 30)}`)
        return [String(value), Math.fround(value)]
      },
      plain => plain.readFloatLE(),
    )
  })

  test('is an integer of the database only if it is the same integer', () => {
    const random = new Random()
    for (let k = 0; k < cases(20_000); k++) {
      const integer = BigInt(random.digits(random.integer(1, 19))) << BigInt(random.integer(0, 3))
      expect(takes(cast(DOUBLE, UINT64), `${integer}`), `${integer}`).toBe(
        BigInt(Number(integer)) === integer,
      )
      const short = integer % 10n ** 9n
      expect(takes(cast(FLOAT, INT32), `-${short}`), `${short}`).toBe(
        BigInt(Math.fround(Number(short))) === short,
      )
    }
  })

  test.each<[FlatType, string]>([
    [DOUBLE, '0.1'],
    [DOUBLE, '0.12345678901234568'],
    [DOUBLE, '0.10000000000000000000000000'],
    [DOUBLE, '123456789012345.6'],
    [DOUBLE, '9007199254740992'],
    [DOUBLE, '1e23'],
    [DOUBLE, '5e-324'],
    [DOUBLE, '-0'],
    [DOUBLE, 'NaN'],
    [DOUBLE, '-Infinity'],
    [FLOAT, '0.1'],
    [FLOAT, '16777216'],
    [FLOAT, '1e-45'],
    [FLOAT, '3.4028235e38'],
  ])('%j keeps %s', (type, text) => {
    expect(takes(cast(type), text)).toBe(true)
  })

  test.each<[FlatType, string]>([
    [DOUBLE, '0.12345678901234567'],
    [DOUBLE, '0.1000000000000000055511151231257827021181583404541015625'],
    [DOUBLE, '0.12345678901234567890'],
    [DOUBLE, '9007199254740993'],
    [DOUBLE, '12345678901234567.5'],
    [DOUBLE, '3e-324'],
    [DOUBLE, '1e-400'],
    [DOUBLE, '0.1000000000000000055511151231257827021181583404541015624'],
    [DOUBLE, `0.${'123456789'.repeat(12)}`],
    [FLOAT, '16777217'],
    [FLOAT, '0.123456789'],
    [FLOAT, '1e-60'],
  ])('%j loses digits of %s', (type, text) => {
    const name = type.kind.toUpperCase()
    expect(refusalOf(cast(type), text)).toMatchObject({
      why: `has digits that ${name} cannot store`,
      shown: text,
    })
  })

  test('is beyond the range, or no number', () => {
    expect(refusalOf(cast(DOUBLE), '1e309').why).toBe('is out of the range of DOUBLE')
    expect(refusalOf(cast(FLOAT), '3.5e38').why).toBe('is out of the range of FLOAT')
    for (const text of ['', 'abc', '1,5', '1e', ' 1'])
      expect(refusalOf(cast(DOUBLE), text).why).toBe('is not a number')
    expect(takes(cast(DOUBLE, INT64), '1234567890123455000')).toBe(false)
    expect(takes(cast(DOUBLE, BIG_DECIMAL), '1234567890123455000.00')).toBe(false)
  })

  test('a DOUBLE becomes the FLOAT that is the same number', () => {
    for (const text of ['0.5', '-0', 'NaN', 'Infinity', '16777216', '0.10000000149011612'])
      expect(takes(cast(FLOAT, DOUBLE), text), text).toBe(true)
    for (const text of ['0.1', '16777217', '1e300', '1e-300']) refusalOf(cast(FLOAT, DOUBLE), text)
    expect(takes(cast(DOUBLE, FLOAT), '0.10000000149011612')).toBe(true)
  })
})

describe('a floating-point number in a binary form', () => {
  const FORMS = ['float4', 'float8', 'leFloat', 'leDouble'] as const
  const bytesOf = (wire: (typeof FORMS)[number], value: number): Buffer => {
    const bytes = Buffer.alloc(wire.endsWith('4') || wire === 'leFloat' ? 4 : 8)
    if (wire === 'float4') bytes.writeFloatBE(value)
    else if (wire === 'leFloat') bytes.writeFloatLE(value)
    else if (wire === 'float8') bytes.writeDoubleBE(value)
    else bytes.writeDoubleLE(value)
    return bytes
  }

  test.each(FORMS)('becomes other numbers: %s', wire => {
    const source = wire === 'float4' || wire === 'leFloat' ? FLOAT : DOUBLE
    const read = (type: FlatType, value: number) =>
      readPlain(cast(type, source, { wire }), [bytesOf(wire, value)])
    const plain = (type: FlatType, value: number): Buffer => Buffer.from(read(type, value) as Buffer)
    expect(plain(INT32, -5).readInt32LE()).toBe(-5)
    expect(plain(INT64, 2 ** 40).readBigInt64LE()).toBe(2n ** 40n)
    expect(plain(UINT64, 2 ** 63).readBigUInt64LE()).toBe(2n ** 63n)
    expect(plain({ kind: 'decimal', precision: 9, scale: 2 }, 0.1).readInt32LE()).toBe(10)
    for (const value of [0.5, Number.NaN, -0, Number.NEGATIVE_INFINITY]) {
      if (source.kind === 'double') expect(plain(FLOAT, value).readFloatLE()).toBe(value)
      else expect(plain(DOUBLE, value).readDoubleLE()).toBe(value)
    }
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 1e30])
      expect(read(INT32, value)).toBe(0)
    expect(read({ kind: 'decimal', precision: 9, scale: 1 }, 0.25)).toBe(0)
    if (source.kind === 'double') expect(read(FLOAT, 0.1)).toBe(0)
    else expect(plain(DOUBLE, 0.1).readDoubleLE()).toBe(Math.fround(0.1))
    expect(refusalOf(cast(INT32, source, { wire }), bytesOf(wire, 0.1))).toMatchObject({
      why: 'has a fraction, which INT32 cannot have',
      shown: '0.1',
    })
  })
})

describe('a boolean', () => {
  test('comes from the usual words', () => {
    const texts = ['0', '1', 't', 'f', 'true', 'false', 'TRUE', 'False']
    expect(readEach(cast({ kind: 'bool' }), texts).map(plain => plain[0])).toEqual([0, 1, 1, 0, 1, 0, 1, 0])
    for (const text of ['2', '', 'yes', '-1', '01'])
      expect(refusalOf(cast({ kind: 'bool' }), text).why).toMatch('BOOLEAN')
  })
})
