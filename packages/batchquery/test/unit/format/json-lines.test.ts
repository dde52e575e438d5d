import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonLines, type ValueType } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'

const column = (name: string, type: ValueType) =>
  ({ name: Buffer.from(name), type, kind: 'string', encoding: 'utf8', isLarge: false }) as const

/** The line of a row of one value, which comes in pieces. */
function lineOf(type: ValueType, pieces: readonly Uint8Array[] | null, name = 'v'): string {
  const lines = new JsonLines([column(name, type)])
  for (const piece of pieces ?? []) {
    const source = Buffer.from([0x22, ...piece, 0x22])
    lines.piece(source, 1, source.length - 1)
  }
  lines.endValue(pieces === null)
  lines.endRow()
  return lines.out.take().toString()
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
  ['binary', '\\x000aff', '"0x000AFF"'],
  ['binary', '\\x', '"0x"'],
  ['text', '1.50', '"1.50"'],
  ['text', '', '""'],
] as const)('%s %j is %s', (type, value, json) => {
  const bytes = Buffer.from(value, 'latin1')
  expect(lineOf(type, bytes.length === 0 ? [] : [bytes])).toBe(`{"v":${json}}\n`)
  expect(
    lineOf(
      type,
      Array.from(bytes, byte => Uint8Array.of(byte)),
    ),
  ).toBe(`{"v":${json}}\n`)
  expect(lineOf(type, null)).toBe('{"v":null}\n')
})

test('text and names are what a JSON reader gets back, in one line, wherever a value is cut', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.nat(240), (name, value, cut) => {
      const bytes = Buffer.from(value)
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(piece => piece.length > 0)
      const line = lineOf('text', pieces, name)
      expect(line.indexOf('\n')).toBe(line.length - 1)
      expect(Object.entries(JSON.parse(line))).toEqual([[name, value]])
    }),
    { numRuns: cases(2000) },
  )
})

test('a row of no columns is an empty object', () => {
  const lines = new JsonLines([])
  lines.endValue(true)
  lines.endRow()
  expect(lines.out.take().toString()).toBe('{}\n')
})
