import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transcoderOf } from '../../../../src/database/mysql/transcoders.ts'
import type { ExactColumn, ExactType } from '../../../../src/format/index.ts'
import { NO_FORMAT_CLAUSES } from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'
import { column, encoderOf, line, lineInPieces, longLine, TEXT } from './lines.ts'

const INT: ExactColumn = { type: { kind: 'int', bits: 64, signed: true }, wire: 'text' }
const DECIMAL: ExactColumn = { type: { kind: 'decimal', precision: 38, scale: 2 }, wire: 'text' }
const DOUBLE: ExactColumn = { type: { kind: 'double' }, wire: 'text' }
const BOOL: ExactColumn = { type: { kind: 'bool' }, wire: 'text' }
const DATE: ExactColumn = { type: { kind: 'date' }, wire: 'text' }
const JSON_TEXT: ExactColumn = { type: { kind: 'json' }, wire: 'text' }
const bytes = (wire: 'raw' | 'hex' | 'base64'): ExactColumn => ({ type: { kind: 'bytes' }, wire })
const BIG = '9'.repeat(65)

test.each([
  ['an integer', INT, '9007199254740993', '9007199254740993'],
  ['an integer', INT, '-9223372036854775808', '-9223372036854775808'],
  ['an integer of ZEROFILL', INT, '00042', '42'],
  ['an integer of ZEROFILL', INT, '00000', '0'],
  ['a decimal', DECIMAL, '1.10', '1.10'],
  ['a decimal', DECIMAL, '-0.00', '-0.00'],
  ['a decimal', DECIMAL, '00001.50', '1.50'],
  ['a decimal', DECIMAL, '.5', '0.5'],
  ['a decimal', DECIMAL, '-.5', '-0.5'],
  ['a decimal', DECIMAL, '+7', '7'],
  ['a double', DOUBLE, '1e-05', '1e-05'],
  ['a double', DOUBLE, '1.7976931348623157E+308', '1.7976931348623157E+308'],
  ['a double', DOUBLE, '-0', '-0'],
  ['a boolean', BOOL, 't', 'true'],
  ['a boolean', BOOL, 'false', 'false'],
  ['bytes', bytes('raw'), '\x00\x0a\xff', '"AAr/"'],
  ['bytes', bytes('raw'), '\x00\x0a\xff\x01', '"AAr/AQ=="'],
  ['no bytes', bytes('raw'), '', '""'],
  ['bytes in hexadecimal digits', bytes('hex'), '000aFF01fe', '"AAr/Af4="'],
  ['bytes in base64', bytes('base64'), 'AAr/AQ==', '"AAr/AQ=="'],
  ['a date', DATE, '0000-00-00', '"0000-00-00"'],
  ['a date', DATE, 'infinity', '"infinity"'],
  [
    'JSON',
    JSON_TEXT,
    '{"a" : [1.10,\n  "\\u00e9é🎼", -0e+5, null, true]}\r\n',
    '{"a" : [1.10,   "\\u00e9é🎼", -0e+5, null, true]}  ',
  ],
  ['JSON', JSON_TEXT, '[[],{},[{"a":{"b":[0]}}], "\\"\\\\\\/"]', '[[],{},[{"a":{"b":[0]}}], "\\"\\\\\\/"]'],
  ['text', TEXT, '', '""'],
  ['text', TEXT, 'a"b\\c\n\t\0\x1f\x7f/', '"a\\"b\\\\c\\n\\t\\u0000\\u001f\x7f/"'],
] as const)('%s %# is written as one value wherever it is cut', (_, exact, value, json) => {
  const encoded = Buffer.from(value, exact.wire === 'raw' ? 'latin1' : 'utf8')
  const single = Array.from(encoded, byte => Uint8Array.of(byte))
  expect(line(exact, encoded)).toBe(`{"v":${json}}\n`)
  expect(lineInPieces(exact, [encoded])).toBe(`{"v":${json}}\n`)
  expect(lineInPieces(exact, [...single, Buffer.alloc(0)])).toBe(`{"v":${json}}\n`)
  expect(line(exact, null)).toBe('{"v":null}\n')
  expect(lineInPieces(exact, null)).toBe('{"v":null}\n')
})

test('a number that no type has is written digit for digit', () => {
  expect(line(TEXT, Buffer.from(`${BIG}.10`), { kind: 'number' })).toBe(`{"v":${BIG}.10}\n`)
  const long = Buffer.from(`-1${'0'.repeat(100_000)}.5`)
  expect(longLine(TEXT, long, { kind: 'number' })).toBe(`{"v":${long.toString()}}\n`)
})

test('TYPES writes the digits of a number as a string', () => {
  const asString = { column: 'v', type: { kind: 'string' }, isRequired: false } as const
  const source: ExactType = { kind: 'decimal', precision: 10, scale: 2 }
  expect(line({ ...TEXT, source }, Buffer.from('1.10'), { types: [asString] })).toBe('{"v":"1.10"}\n')
  const big = line({ ...TEXT, isRequired: false }, Buffer.from(BIG), { kind: 'number', types: [asString] })
  expect(big).toBe(`{"v":"${BIG}"}\n`)
})

test.each([
  [DOUBLE, 'NaN', 'is not a number in JSON'],
  [DOUBLE, '-Infinity', 'is not a number in JSON'],
  [DOUBLE, '', 'is not a number in JSON'],
  [DOUBLE, '1.', 'is not a number in JSON'],
  [DOUBLE, '1e', 'is not a number in JSON'],
  [BOOL, 'maybe', 'is not a boolean'],
  [bytes('hex'), '0', 'is not text of hexadecimal digits'],
  [bytes('hex'), '0g', 'is not text of hexadecimal digits'],
  [TEXT, '\xff', 'is not UTF-8'],
  [TEXT, '\xed\xa0\x80', 'is not UTF-8'],
  [TEXT, '\xf5\x80\x80\x80', 'is not UTF-8'],
  [TEXT, 'four\xc3', 'is not UTF-8'],
  ...[
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "'a'",
    '01',
    '1.',
    '1e',
    '-',
    '+1',
    'nul',
    'nullx',
    '1 2',
    '"\t"',
  ].map(text => [JSON_TEXT, text, 'is not JSON text'] as const),
  ...[
    '"\\x"',
    '"\\u12g4"',
    '[1]]',
    '{"a"}',
    '[NaN]',
    '"\\',
    '"open',
    '"\xff"',
    '{]',
    '[}',
    '{"a":1]',
    ':',
    ',',
  ].map(text => [JSON_TEXT, text, 'is not JSON text'] as const),
] as const)('the value %# is refused by column, row and value', (exact, value, why) => {
  const encoded = Buffer.from(value, 'latin1')
  const error = expect.objectContaining({
    code: 'QUERY_FAILED',
    message: expect.stringContaining(why),
    hint: expect.any(String),
  })
  expect(() => line(exact, encoded)).toThrow(error)
  const single = Array.from(encoded, byte => Uint8Array.of(byte))
  expect(() => lineInPieces(exact, [...single, Buffer.alloc(0)])).toThrow(error)
  const long = Buffer.concat([
    exact.wire === 'hex'
      ? Buffer.alloc(9_000, '0')
      : exact === TEXT
        ? Buffer.alloc(9_000, 'a')
        : Buffer.alloc(9_000, ' '),
    encoded,
  ])
  if (exact === JSON_TEXT || exact === TEXT) expect(() => longLine(exact, long)).toThrow(error)
})

test('an error says in which row a value is refused', () => {
  const { encoder } = encoderOf([column('a', INT), column('b', DOUBLE)])
  const source = Buffer.from('12NaN')
  const places = Int32Array.of(0, 1, 1, 2, 0, 1, 2, 5)
  expect(() => encoder.rows(source, places, 2)).toThrow(
    expect.objectContaining({
      message: 'column "b", row 2: the value "NaN" is not a number in JSON',
      hint: 'Write TYPES (b AS STRING) to export the value as a JSON string.',
    }),
  )
})

test('a JSON reader reads back text and names from one line wherever a value is cut', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.nat(240), (name, value, cut) => {
      const encoded = Buffer.from(value)
      const whole = line(TEXT, encoded, { name })
      const written = lineInPieces(TEXT, [encoded.subarray(0, cut), encoded.subarray(cut)], { name })
      expect(written).toBe(whole)
      expect(written.indexOf('\n')).toBe(written.length - 1)
      expect(Object.entries(JSON.parse(written))).toEqual([[name, value]])
    }),
    { numRuns: cases(2000) },
  )
})

test('embedded JSON stays as it is wherever it is cut', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(240), fc.constantFrom(0, 1, 2), (json, cut, indent) => {
      const text = Buffer.from(JSON.stringify(JSON.parse(json), null, indent))
      const written = lineInPieces(JSON_TEXT, [text.subarray(0, cut), text.subarray(cut)])
      expect(written).toBe(`{"v":${text.toString().replaceAll('\n', ' ')}}\n`)
    }),
    { numRuns: cases(1000) },
  )
})

test('JSON.parse and the check of embedded JSON agree about damaged texts', () => {
  const damage = fc.record({ at: fc.nat(200), by: fc.constantFrom(...'{}[]",:0123eE+-.tfn\\u \n\x01é') })
  fc.assert(
    fc.property(fc.json(), damage, fc.boolean(), (json, { at, by }, removes) => {
      const text = `${json.slice(0, at)}${by}${json.slice(at + (removes ? 1 : 0))}`
      let isValid = true
      try {
        JSON.parse(text)
      } catch {
        isValid = false
      }
      const write = (): string => line(JSON_TEXT, Buffer.from(text))
      if (isValid) expect(JSON.parse(write())).toEqual({ v: JSON.parse(text) })
      else expect(write).toThrow('is not JSON text')
    }),
    { numRuns: cases(3000) },
  )
})

test('bytes are read back wherever they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.boolean(), (value, cut, isHex) => {
      const wire = isHex ? Buffer.from(Buffer.from(value).toString('hex')) : Buffer.from(value)
      const written = lineInPieces(bytes(isHex ? 'hex' : 'raw'), [wire.subarray(0, cut), wire.subarray(cut)])
      expect(written).toBe(`{"v":"${Buffer.from(value).toString('base64')}"}\n`)
    }),
    { numRuns: cases(1000) },
  )
})

test('a JSON reader reads back values that are longer than a block', () => {
  const long = Buffer.from('é"日本\\🎼\n'.repeat(9_000))
  expect(JSON.parse(longLine(TEXT, long))).toEqual({ v: long.toString() })
  expect(JSON.parse(longLine(bytes('raw'), long))).toEqual({ v: long.toString('base64') })
  expect(JSON.parse(longLine(bytes('hex'), Buffer.from(long.toString('hex'))))).toEqual({
    v: long.toString('base64'),
  })
  const json = JSON.stringify(Array(3_000).fill({ a: [1.5, 'é"\n'], b: {} }), null, 1)
  expect(longLine(JSON_TEXT, Buffer.from(json))).toBe(`{"v":${json.replaceAll('\n', ' ')}}\n`)
})

/** latin1_swedish_ci, sjis_japanese_ci, utf16_general_ci, swe7_swedish_ci. */
test.each([
  [8, 'single', Buffer.from('Zürich "é" \\ £', 'latin1'), 'Zürich "é" \\ £'],
  [13, 'sjis', Buffer.from('835c225c41955c0a', 'hex'), 'ソ"¥A表\n'],
  [54, 'utf16', Buffer.from('00e9d83cdfbc0022000a', 'hex'), 'é🎼"\n'],
  [10, 'single', Buffer.from('[\\]'), 'ÄÖÅ'],
] as const)('text of collation %i is UTF-8 wherever it is cut', (collation, encoding, encoded, text) => {
  const exact: ExactColumn = { ...TEXT, transcoder: transcoderOf(collation) }
  expect(JSON.parse(line(exact, encoded, { encoding }))).toEqual({ v: text.replace('¥', '\\') })
  const single = Array.from(encoded, byte => Uint8Array.of(byte))
  expect(lineInPieces(exact, [...single, Buffer.alloc(0)], { encoding })).toBe(
    line(exact, encoded, { encoding }),
  )
  const long = Buffer.concat(Array(4_000).fill(encoded))
  expect(JSON.parse(longLine(exact, long, { encoding }))).toEqual({
    v: text.replace('¥', '\\').repeat(4_000),
  })
})

test('a character without a counterpart is refused and never becomes a question mark', () => {
  const exact: ExactColumn = { ...TEXT, transcoder: transcoderOf(13) }
  expect(() => line(exact, Buffer.from('41fc', 'hex'), { encoding: 'sjis' })).toThrow(
    'has a character without a counterpart in UTF-8, or is not valid sjis',
  )
})

test('INVALID DATES NULL writes null for zero and partial dates and counts them', () => {
  const { encoder, finish } = encoderOf([column('d', DATE)], { invalidDates: 'NULL' })
  const source = Buffer.from('2024-02-290000-00-002024-00-012024-01-00')
  encoder.rows(source, Int32Array.of(0, 10, 10, 20, 20, 30, 30, 40), 4)
  expect(encoder.invalidDates).toEqual([{ column: 'd', count: 3 }])
  expect(encoder.inline).toBeNull()
  expect(finish()).toBe('{"d":"2024-02-29"}\n{"d":null}\n{"d":null}\n{"d":null}\n')
})

test.each([
  ['NULL', '2023-02-29'],
  ['ERROR', '2023-02-29'],
  ['ERROR', '0000-00-00'],
  ['ERROR', '2024-13-01 00:00:00'],
] as const)('INVALID DATES %s refuses %s', (invalidDates, value) => {
  expect(() => line(DATE, Buffer.from(value), { invalidDates })).toThrow(
    `column "v", row 1: the value "${value}" is not a date of the calendar`,
  )
})

test('NOT NULL refuses NULL by column and row', () => {
  const required = { ...INT, isRequired: true }
  expect(line(required, Buffer.from('1'))).toBe('{"v":1}\n')
  const message = 'column "v", row 1: the value "NULL" is not allowed by NOT NULL in TYPES'
  expect(() => line(required, null)).toThrow(message)
  expect(() => lineInPieces(required, null)).toThrow(message)
})

test('a row of no columns is an empty object', () => {
  const { encoder, finish } = encoderOf([])
  encoder.rows(Buffer.alloc(0), new Int32Array(), 2)
  expect(finish()).toBe('{}\n{}\n')
})

test('JSON refuses two columns of one name', () => {
  expect(() => encoderOf([column('a', TEXT), column('a', INT)])).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringContaining('two columns of the result are named "a"'),
    }),
  )
})

test.each([
  ['HEADER', { header: true }],
  ['FIELDS TERMINATED BY', { fields: { ...NO_FORMAT_CLAUSES.fields, terminatedBy: Buffer.from(',') } }],
  ['LINES TERMINATED BY', { lines: { ...NO_FORMAT_CLAUSES.lines, terminatedBy: Buffer.from(';') } }],
  ['CHARACTER SET', { characterSet: 'latin1' }],
  ['COMPRESSION SNAPPY', { compression: 'SNAPPY' }],
  ['ROWGROUPSIZE', { rowGroupSize: 1 << 20 }],
] as const)('JSON refuses %s', (clause, written) => {
  expect(() => encoderOf([], written)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining(clause) }),
  )
})
