import { describe, expect, test } from 'vitest'
import type { FlatType } from '../../../../src/format/index.ts'
import { isJson } from '../../../../src/format/parquet/readers/json-text.ts'
import { readerFor } from '../../../../src/format/parquet/readers/reader-for.ts'
import { cases } from '../../../setup/chance.ts'
import {
  BYTES,
  cast,
  DATE,
  INT32,
  INT64,
  JSON_TYPE,
  LOCAL,
  refusalOf,
  STRING,
  takes,
  UINT64,
} from './cast-columns.ts'
import { Random } from './random.ts'
import { type ColumnType, readEach, readPlain } from './read-values.ts'

describe('a UUID', () => {
  const UUID: FlatType = { kind: 'uuid' }

  test('comes from text with or without dashes, and from 16 bytes', () => {
    const random = new Random()
    for (let k = 0; k < cases(2000); k++) {
      const digits = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join('')
      const dashed = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
      const bytes = Buffer.from(digits, 'hex')
      for (const text of [digits, dashed, dashed.toUpperCase()])
        expect(readEach(cast(UUID), [text])[0].equals(bytes)).toBe(true)
      expect(readEach(cast(UUID, BYTES, { wire: 'raw' }), [bytes])[0].equals(bytes)).toBe(true)
      expect(readEach(cast(UUID, STRING, { wire: 'uuid' }), [bytes])[0].equals(bytes)).toBe(true)
      expect(
        readEach(cast(UUID, BYTES, { wire: 'base64' }), [bytes.toString('base64')])[0].equals(bytes),
      ).toBe(true)
    }
  })

  test('has 32 digits in the right places', () => {
    const dashed = '00112233-4455-6677-8899-aabbccddeeff'
    const wrong = [
      '',
      dashed.slice(1),
      `${dashed}0`,
      dashed.replace('-', '0'),
      `0-${dashed.replace('-', '').slice(1)}`,
    ]
    for (const text of [...wrong, dashed.replace('ff', 'fg'), `{${dashed}}`])
      expect(refusalOf(cast(UUID), text)).toMatchObject({ why: 'is not a UUID', shown: text })
    expect(refusalOf(cast(UUID, BYTES, { wire: 'raw' }), Buffer.alloc(15))).toMatchObject({
      why: 'has 15 bytes, but a UUID has 16',
    })
  })
})

const plainText = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

describe('JSON from text', () => {
  const isParsed = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const PIECES =
    '{ } [ ] , : " \\ \\" "a" "\\u00e9" "\\u00g" \\n 1 -1 0 01 1.5 1. .5 1e5 1E+5 1e -0 true false null nul NaN'
      .split(' ')
      .concat([' ', '\t', '\n', '\u00a0', 'é', '\x01', '{"a":1}', '[]', '{}', '[1,2]', '""', '"b":'])

  function value(random: Random, depth: number): string {
    const space = (): string => random.pick(['', '', ' ', '\n'])
    const inner = (): string => value(random, depth - 1)
    const many = (make: () => string): string =>
      Array.from({ length: random.integer(0, 3) }, make).join(`${space()},${space()}`)
    switch (random.integer(depth > 0 ? 0 : 2, 6)) {
      case 0:
        return `[${space()}${many(inner)}${space()}]`
      case 1:
        return `{${space()}${many(() => `${JSON.stringify(random.pick(['', 'a', 'é"\\']))}${space()}:${space()}${inner()}`)}}`
      case 2:
        return JSON.stringify(random.pick(['', 'x', '\u0001\n"\\/', '語', '\u2028']))
      case 3:
        return String(random.integer(-1000, 1000) / random.pick([1, 8, 1000]))
      default:
        return random.pick(['true', 'false', 'null', '1e5', '-0.0E-7'])
    }
  }

  test('is checked as JavaScript does', () => {
    const random = new Random()
    let valid = 0
    for (let k = 0; k < cases(40_000); k++) {
      const soup = (): string =>
        Array.from({ length: random.integer(0, 8) }, () => random.pick(PIECES)).join('')
      let text = random.chance(0.3) ? soup() : ` ${value(random, 5)} `
      if (random.chance(0.5)) {
        const at = random.integer(0, text.length)
        text =
          text.slice(0, at) + random.pick(['', random.pick(PIECES)]) + text.slice(at + random.integer(0, 2))
      }
      const bytes = Buffer.from(`9${text}9`)
      if (isParsed(text)) valid++
      expect(isJson(bytes, 1, bytes.length - 1), text).toBe(isParsed(text))
    }
    expect(valid).toBeGreaterThan(cases(5000))
  })

  test('may be nested as deep as memory allows', () => {
    const deep = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))
    expect(isJson(deep, 0, deep.length)).toBe(true)
    expect(isJson(deep, 0, deep.length - 1)).toBe(false)
  })

  test('is refused if it is none, or no UTF-8', () => {
    const plain = readPlain(cast(JSON_TYPE), ['{"a": 1}', '"é"'])
    expect(plain).toEqual(Buffer.concat(['{"a": 1}', '"é"'].map(plainText)))
    expect(refusalOf(cast(JSON_TYPE), 'hello')).toMatchObject({ why: 'is not JSON', shown: 'hello' })
    expect(refusalOf(cast(JSON_TYPE), Buffer.from('22ff22', 'hex')).why).toMatch(/^is not UTF-8/)
    expect(readerFor({ name: 'c', ...cast(JSON_TYPE) }).isCopy).toBe(false)
  })
})

describe('text and bytes', () => {
  test('of every type are as the server writes them', () => {
    for (const [source, text] of [
      [{ kind: 'decimal', precision: 5, scale: 2 }, '1.50'],
      [DATE, '0000-00-00'],
      [UINT64, '18446744073709551615'],
    ] as const)
      expect(readPlain(cast(STRING, source), [text])).toEqual(plainText(text))
    expect(readPlain(cast(BYTES, STRING), ['é'])).toEqual(plainText('é'))
  })

  test('are converted before they are read', () => {
    const utf16 = {
      characterSet: 'utf16',
      keepsAscii: false,
      growth: 1.5,
      convert: (source: Buffer, start: number, end: number, out: Buffer, at: number): number => {
        if ((end - start) % 2 !== 0) return -1 - start
        return at + out.write(Buffer.from(source.subarray(start, end)).swap16().toString('utf16le'), at)
      },
    }
    const wide = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
    const column = cast(INT32, STRING, { transcoder: utf16 })
    expect(readEach(column, ['-12', '3.00'].map(wide)).map(plain => plain.readInt32LE())).toEqual([-12, 3])
    expect(refusalOf(column, wide('é'))).toMatchObject({ why: 'is not a number', shown: 'é' })
    expect(refusalOf(column, Buffer.from('1')).why).toMatch(/^has a character without a counterpart/)
    expect(readPlain(cast(BYTES, STRING, { transcoder: utf16 }), ['é', 'x'.repeat(5000)].map(wide))).toEqual(
      Buffer.concat(['é', 'x'.repeat(5000)].map(plainText)),
    )
    const base64 = (type: FlatType): ColumnType => cast(type, BYTES, { wire: 'base64' })
    expect(readPlain(base64(STRING), ['w6k=', ''])).toEqual(Buffer.concat(['é', ''].map(plainText)))
    expect(refusalOf(base64(STRING), '/w==').why).toMatch(/^is not UTF-8/)
    expect(readPlain(base64(JSON_TYPE), [Buffer.from('[1]').toString('base64')])).toEqual(plainText('[1]'))
  })

  test("MySQL's binary forms are read by their text", () => {
    const eight = Buffer.alloc(8)
    eight.writeBigInt64LE(-5n)
    expect(readEach(cast(INT32, INT64, { wire: 'le64' }), [eight])[0].readInt32LE()).toBe(-5)
    const decimal: FlatType = { kind: 'decimal', precision: 20, scale: 0 }
    expect(readEach(cast(UINT64, decimal, { wire: 'le64' }), [eight])[0].readBigInt64LE()).toBe(-5n)
    expect(refusalOf(cast(INT32, decimal, { wire: 'le64' }), eight)).toMatchObject({
      why: 'is out of the range of INT32',
      shown: '18446744073709551611',
    })
    const date = Buffer.from('e807021d', 'hex')
    expect(readEach(cast(LOCAL, DATE, { wire: 'leDate' }), [date])[0].readBigInt64LE()).toBe(
      1_709_164_800_000_000n,
    )
    expect(
      readEach(cast({ kind: 'time' }, STRING, { wire: 'leTime' }), [
        Buffer.from('00000000000c0000', 'hex'),
      ])[0].readBigInt64LE(),
    ).toBe(43_200_000_000n)
  })
})

test('the bytes of a value after the end of the source are never needed', () => {
  for (const [column, text] of [
    [cast(JSON_TYPE), '"ab"'],
    [cast(INT64), '12345678901.0'],
    [cast({ kind: 'time' }), '12:00:00.5'],
    [cast({ kind: 'uuid' }), '00112233445566778899aabbccddeeff'],
  ] as const)
    expect(takes(column, text)).toBe(true)
})
