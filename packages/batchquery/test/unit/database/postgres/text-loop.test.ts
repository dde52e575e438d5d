import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CopyReader } from '../../../../src/database/postgres/copy-reader.ts'
import { EncodedRows } from '../../../../src/database/postgres/encoded-rows.ts'
import { textColumn } from '../../../../src/database/postgres/exact-column.ts'
import { BlockPool, JSON_LINES, NO_FORMAT_CLAUSES, type TypedColumn } from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'

const NUMERIC = 1700
const TEXT = 25
const BOOL = 16
const TYPES = [NUMERIC, TEXT, BOOL, TEXT]

type Value = string | boolean | null
type Row = readonly [number: string | null, text: string | null, isTrue: boolean | null, more: string | null]

const column = (type: number, index: number): TypedColumn => ({
  name: Buffer.from(`c${index}`),
  kind: type === NUMERIC ? 'number' : 'string',
  type: 'text',
  encoding: 'utf8',
  isLarge: false,
  exact: textColumn(type, -1),
})

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r' },
}

/** The message of a row, as COPY in FORMAT text has it. */
function message(values: readonly Value[]): Buffer {
  const texts = values.map(value => {
    if (value === null) return '\\N'
    if (typeof value === 'boolean') return value ? 't' : 'f'
    return Array.from(value, character => ESCAPES[character] ?? character).join('')
  })
  const body = Buffer.from(`${texts.join('\t')}\n`)
  const header = Buffer.alloc(5)
  header.write('d')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

/** Reads messages in chunks. @returns the lines, and how many rows came */
function read(answer: Buffer, cuts: readonly number[]) {
  const written: Buffer[] = []
  const encoder = JSON_LINES.plan(NO_FORMAT_CLAUSES).encoder(TYPES.map(column), {
    pool: new BlockPool(4096, 2),
    maxPartBytes: 10_000,
    emit: block => {
      written.push(Buffer.from(block.bytes))
      block.release()
    },
  })
  const reader = new CopyReader(new EncodedRows(encoder, TYPES.length), {
    accepted: () => {},
    control: () => {},
    over: () => {},
  })
  const places = [0, ...cuts.map(cut => cut % (answer.length + 1)), answer.length].sort((a, b) => a - b)
  for (const [index, end] of places.entries()) {
    const chunk = Buffer.from(answer.subarray(places[index - 1] ?? 0, end))
    expect(reader.consume(chunk, 0)).toBe(chunk.length)
  }
  void encoder.finish()
  return { text: Buffer.concat(written).toString(), rows: reader.rows }
}

const text = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.stringMatching(/^[a-z 0-9]{0,30}$/),
    fc.constantFrom('\\N', '\\', '"', '\n', 'é', 'a'.repeat(900)),
  ),
  { nil: null },
)
const number = fc.option(
  fc.constantFrom('0', '7', '-7', '0.50', '-0.5', '123456789012345678901234.10', '1e+20'),
  {
    nil: null,
  },
)

test('rows of COPY become the same lines wherever the answer is cut', () => {
  const row: fc.Arbitrary<Row> = fc.tuple(number, text, fc.option(fc.boolean(), { nil: null }), text)
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 30 }),
      fc.array(fc.nat(20_000), { maxLength: 6 }),
      (rows, cuts) => {
        // No text of PostgreSQL has a NUL.
        const clean = rows.map(values =>
          values.map(value => (typeof value === 'string' ? value.replaceAll('\0', '') : value)),
        )
        const lines = clean.map(([n, s, b, t]) => {
          const members = [`"c0":${n}`, `"c1":${JSON.stringify(s)}`, `"c2":${b}`, `"c3":${JSON.stringify(t)}`]
          return `{${members.join(',')}}\n`
        })
        const answer = Buffer.concat(clean.map(message))
        expect(read(answer, cuts)).toEqual({ text: lines.join(''), rows: rows.length })
      },
    ),
    { numRuns: cases(500) },
  )
})

test('the loop names row and column of a value that it refuses', () => {
  const row = (n: string): Buffer => message([n, 'a', true, 'b'])
  const answer = Buffer.concat([row('1'), row('-2'), row('NaN'), row('3')])
  expect(() => read(answer, [])).toThrow('column "c0", row 3: the value "NaN" is not a number in JSON')
})

test.each<[Value[]]>([[['1', 'a', true]], [['1', 'a', true, 'b', 'c']]])(
  'the loop refuses a row of other than the announced columns: %j',
  values => {
    const more = message(['1', 'a', true, 'b'])
    expect(() => read(Buffer.concat([message(values), more, more]), [])).toThrow('the announced 4 columns')
  },
)
