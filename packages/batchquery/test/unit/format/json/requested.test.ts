import { expect, test } from 'vitest'
import type { ExactColumn, FlatType } from '../../../../src/format/index.ts'
import { line, longLine, TEXT } from './lines.ts'

const STRING: FlatType = { kind: 'string' }
const requested = (type: FlatType) => ({ types: [{ column: 'v', type, isRequired: false }] })

/** A text column with the type that TYPES asks for. */
const asType = (
  type: FlatType,
  value: string,
  wire: ExactColumn['wire'] = 'text',
  source: FlatType = STRING,
) => line({ ...TEXT, type, source, wire }, Buffer.from(value, 'latin1'), requested(type))

test.each([
  [{ kind: 'int', bits: 32, signed: true }, '007', '7'],
  [{ kind: 'int', bits: 64, signed: true }, '-9223372036854775808', '-9223372036854775808'],
  [{ kind: 'int', bits: 64, signed: false }, '18446744073709551615', '18446744073709551615'],
  [{ kind: 'decimal', precision: 10, scale: 2 }, '7', '7.00'],
  [{ kind: 'decimal', precision: 10, scale: 2 }, '-0.5', '-0.50'],
  [{ kind: 'decimal', precision: 4, scale: 0 }, '12', '12'],
  [{ kind: 'decimal', precision: 38, scale: 37 }, '1', `1.${'0'.repeat(37)}`],
  [{ kind: 'double' }, '1.10', '1.1'],
  [{ kind: 'float' }, '0.1', '0.1'],
  [{ kind: 'float' }, '16777216', '16777216'],
  [{ kind: 'bool' }, '1', 'true'],
  [{ kind: 'date' }, '2024-02-29', '"2024-02-29"'],
  [{ kind: 'date' }, '0001-01-01', '"0001-01-01"'],
  [{ kind: 'timestamp', utc: false }, '1969-12-31 23:59:59.5', '"1969-12-31 23:59:59.5"'],
  [{ kind: 'timestamp', utc: true }, '2024-02-29 12:00:00+00', '"2024-02-29 12:00:00+00:00"'],
  [{ kind: 'json' }, '{"a":1}', '{"a":1}'],
] as const satisfies readonly (readonly [FlatType, string, string])[])(
  'TYPES writes the canonical text of %j for %s',
  (type, value, json) => {
    expect(asType(type, value)).toBe(`{"v":${json}}\n`)
  },
)

test.each([
  ['float4', { kind: 'float' }, Buffer.from('3dcccccd', 'hex'), '0.1'],
  ['float8', { kind: 'double' }, Buffer.from('3fb999999999999a', 'hex'), '0.1'],
] as const)('a value in the binary form %s has the fewest digits', (wire, type, bytes, json) => {
  expect(line({ type, wire }, bytes)).toBe(`{"v":${json}}\n`)
  const nan = Buffer.from('7fc0000000000000', 'hex').subarray(0, bytes.length)
  if (wire === 'float4') expect(() => line({ type, wire }, nan)).toThrow('is not a number in JSON')
})

test('TYPES refuses a value that does not fit by column, row and value', () => {
  expect(() => asType({ kind: 'int', bits: 32, signed: true }, 'seven')).toThrow(
    'column "v", row 1: the value "seven"',
  )
  expect(() => asType({ kind: 'date' }, '2024-02-30')).toThrow('column "v", row 1: the value "2024-02-30"')
  expect(() => asType({ kind: 'double' }, 'nan')).toThrow(
    'column "v", row 1: the value "nan" is not a number in JSON',
  )
})

test('TYPES writes bytes that are UTF-8 as text', () => {
  expect(asType(STRING, '\xc3\xa9"', 'raw', { kind: 'bytes' })).toBe('{"v":"é\\""}\n')
  expect(() => asType(STRING, '\xff', 'raw', { kind: 'bytes' })).toThrow('is not UTF-8')
})

test('a value that is too long to be converted fails, and the error names the way in the query', () => {
  const exact: ExactColumn = { type: { kind: 'bytes' }, source: STRING, wire: 'text' }
  expect(() => longLine(exact, Buffer.alloc(200_000, 'x'))).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('is too long to convert: the value has more than 64 KiB'),
      hint: expect.stringContaining('CAST(x AS CHAR)'),
    }),
  )
})
