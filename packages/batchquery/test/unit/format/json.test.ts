import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BlockPool,
  JSON_LINES,
  NO_FORMAT_CLAUSES,
  type TypedColumn,
  type ValueType,
} from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'

const column = (name: string, type: ValueType) =>
  ({ name: Buffer.from(name), type, kind: 'string', encoding: 'utf8', isLarge: false }) as const

function encoderOf(columns: readonly TypedColumn[]) {
  const written: Buffer[] = []
  const encoder = JSON_LINES.plan(NO_FORMAT_CLAUSES).encoder(columns, {
    pool: new BlockPool(64 * 1024, 2),
    maxPartBytes: 1e9,
    emit: block => {
      written.push(Buffer.from(block.bytes))
      block.release()
    },
  })
  const finish = (): string => {
    void encoder.finish()
    return Buffer.concat(written).toString()
  }
  return { encoder, finish }
}

/** The line of a row of one value, which comes in pieces. */
function lineInPieces(type: ValueType, pieces: readonly Uint8Array[] | null, name = 'v'): string {
  const { encoder, finish } = encoderOf([column(name, type)])
  encoder.startRow(0, Number.POSITIVE_INFINITY)
  if (pieces === null) encoder.nullValue()
  for (const [index, piece] of pieces?.entries() ?? []) {
    const source = Buffer.from([0x22, ...piece, 0x22])
    encoder.piece(source, 1, source.length - 1, index === (pieces?.length ?? 0) - 1 ? 0 : -1)
  }
  encoder.endRow()
  return finish()
}

/** The line of a row of one value, which comes whole; null is NULL. */
function line(type: ValueType, value: Uint8Array | null): string {
  const { encoder, finish } = encoderOf([column('v', type)])
  const source = Buffer.from([0x22, ...(value ?? []), 0x22])
  encoder.rows(source, value === null ? Int32Array.of(-1, -1) : Int32Array.of(1, source.length - 1), 1)
  return finish()
}

test.each([
  ['integer', '9007199254740991', '9007199254740991'],
  ['integer', '-9007199254740991', '-9007199254740991'],
  ['integer', '9007199254740992', '"9007199254740992"'],
  ['integer', '340282366920938463463374607431768211455', '"340282366920938463463374607431768211455"'],
  ['integer', '00042', '"00042"'],
  ['float', '0.1', '0.1'],
  ['float', '-1e-300', '-1e-300'],
  ['float', '1E+20', '1E+20'],
  ['float', 'NaN', '"NaN"'],
  ['float', '-Infinity', '"-Infinity"'],
  ['boolean', 't', 'true'],
  ['boolean', 'true', 'true'],
  ['boolean', 'f', 'false'],
  ['binary', '\x00\x0a\xff', '"0x000AFF"'],
  ['binary', '', '"0x"'],
  ['bytea', '\\x0aff', '"\\\\x0aff"'],
  ['text', '1.50', '"1.50"'],
  ['text', '', '""'],
] as const)('%s %j is %s in JSON', (type, value, json) => {
  const bytes = Buffer.from(value, 'latin1')
  const single = Array.from(bytes, byte => Uint8Array.of(byte))
  expect(line(type, bytes)).toBe(`{"v":${json}}\n`)
  expect(lineInPieces(type, [bytes])).toBe(`{"v":${json}}\n`)
  expect(lineInPieces(type, [...single, Buffer.alloc(0)])).toBe(`{"v":${json}}\n`)
  expect(line(type, null)).toBe('{"v":null}\n')
  expect(lineInPieces(type, null)).toBe('{"v":null}\n')
})

test('a JSON reader reads back text and names from one line wherever a value is cut', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.nat(240), (name, value, cut) => {
      const bytes = Buffer.from(value)
      const written = lineInPieces('text', [bytes.subarray(0, cut), bytes.subarray(cut)], name)
      expect(written.indexOf('\n')).toBe(written.length - 1)
      expect(Object.entries(JSON.parse(written))).toEqual([[name, value]])
    }),
    { numRuns: cases(2000) },
  )
})

test.each(['text', 'bigint', 'binary'] as const)(
  'a JSON reader reads back a %s value when it is longer than a block',
  type => {
    const value = Buffer.alloc(200_000, '7')
    const pieces = Array.from({ length: 100 }, (_, at) => value.subarray(at * 2_000, (at + 1) * 2_000))
    const expected = type === 'binary' ? `0x${value.toString('hex')}` : value.toString()
    expect(JSON.parse(lineInPieces(type, pieces))).toEqual({ v: expected })
  },
)

test('a row of no columns is an empty object in JSON', () => {
  const { encoder, finish } = encoderOf([])
  encoder.rows(Buffer.alloc(0), new Int32Array(), 2)
  expect(finish()).toBe('{}\n{}\n')
})

test('JSON refuses two columns of one name', () => {
  expect(() => encoderOf([column('a', 'text'), column('a', 'integer')])).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining('two columns are called "a"'),
    }),
  )
})

test.each([
  ['HEADER', { header: true }],
  ['FIELDS TERMINATED BY', { fields: { ...NO_FORMAT_CLAUSES.fields, terminatedBy: Buffer.from(',') } }],
  ['LINES TERMINATED BY', { lines: { ...NO_FORMAT_CLAUSES.lines, terminatedBy: Buffer.from(';') } }],
  ['CHARACTER SET', { characterSet: 'latin1' }],
])('JSON refuses %s', (clause, written) => {
  expect(() => JSON_LINES.plan({ ...NO_FORMAT_CLAUSES, ...written })).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining(clause) }),
  )
})
