import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { DEFAULT_TEXT_LAYOUT, type FormatColumn, type RowForm, textForm } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { bytes, columns, encodings, layouts, values } from './arbitraries.ts'
import { encodeExactly } from './encode-exactly.ts'
import { latin1, referenceRow } from './outfile-reference.ts'

type Row = readonly (Uint8Array | null)[]

const tables = fc.tuple(layouts, fc.array(columns, { minLength: 1, maxLength: 4 })).chain(([layout, cols]) =>
  fc.record({
    layout: fc.constant(layout),
    cols: fc.constant(cols),
    rows: fc.array(fc.tuple(...cols.map(column => fc.option(values(column.encoding), { freq: 8 }))), {
      minLength: 1,
      maxLength: 6,
    }),
  }),
)

/** Like `encodeRow`, with all values in one source, each after bytes of a packet. */
function encodePackets(form: RowForm, rows: readonly Row[]): string {
  const packet = bytes('\x0a\x00\x00\x5c')
  const source = Buffer.concat(rows.flat().flatMap(value => [packet, value ?? bytes('')]))
  const out = Buffer.alloc(2 * source.length + form.overheadPerRow * rows.length)
  let from = 0
  let at = 0
  const put = (part: Uint8Array) => {
    out.set(part, at)
    at += part.length
  }
  for (const row of rows) {
    put(form.rowStart)
    for (const [index, column] of form.columns.entries()) {
      put(form.leads[index])
      from += packet.length
      const value = row[index]
      if (value === null) put(form.nullWord)
      else {
        at = column.write(source, from, from + value.length, out, at)
        from += value.length
      }
    }
    put(form.rowEnd)
  }
  return latin1(out.subarray(0, at))
}

describe('for every layout, kind and encoding, TEXT has the bytes of the reference', () => {
  test('when values come one by one', () => {
    fc.assert(
      fc.property(tables, ({ layout, cols, rows }) => {
        const form = textForm(cols, layout)
        for (const row of rows) expect(encodeExactly(form, row)).toBe(referenceRow(cols, layout, row))
      }),
      { numRuns: cases(2000) },
    )
  })

  test('when values come out of one source, as in packets', () => {
    fc.assert(
      fc.property(tables, ({ layout, cols, rows }) => {
        const expected = rows.map(row => referenceRow(cols, layout, row)).join('')
        const form = textForm(cols, layout)
        expect(encodePackets(form, rows)).toBe(expected)
        // The same form on other memory.
        expect(encodePackets(form, rows)).toBe(expected)
      }),
      { numRuns: cases(2000) },
    )
  })

  test('when values come out of two sources in any order', () => {
    const column: FormatColumn = { name: bytes('a'), kind: 'string', encoding: 'utf8', isLarge: false }
    const picked = fc.record({
      escapedBy: fc.constantFrom('\\', '|'),
      sources: fc.tuple(...[0, 1].map(() => fc.array(values('utf8'), { minLength: 1, maxLength: 5 }))),
      picks: fc.array(fc.tuple(fc.nat(1), fc.nat(4)), { minLength: 1, maxLength: 12 }),
    })
    fc.assert(
      fc.property(picked, ({ escapedBy, sources, picks }) => {
        const layout = { ...DEFAULT_TEXT_LAYOUT, escapedBy: bytes(escapedBy) }
        const [{ escapePiece: write }] = textForm([column], layout).columns
        const memory = sources.map(found => Buffer.concat(found))
        for (const [which, pick] of picks) {
          const index = pick % sources[which].length
          const value = sources[which][index]
          const start = Buffer.concat(sources[which].slice(0, index)).length
          const out = Buffer.alloc(2 * value.length)
          const end = write(memory[which], start, start + value.length, out, 0)
          expect(`${latin1(out.subarray(0, end))}\n`).toBe(referenceRow([column], layout, [value]))
        }
      }),
      { numRuns: cases(2000) },
    )
  })

  test('when the names are written as a row of UTF-8 strings', () => {
    fc.assert(
      fc.property(fc.array(columns, { minLength: 1, maxLength: 4 }), layouts, (cols, layout) => {
        const names = cols.map(
          ({ name }): FormatColumn => ({ name, kind: 'string', encoding: 'utf8', isLarge: false }),
        )
        const row = cols.map(({ name }) => name)
        expect(latin1(textForm(cols, layout).header)).toBe(referenceRow(names, layout, row, cols))
      }),
    )
  })
})

test('a value has the same bytes when it is cut where wholeCharacters allows it', () => {
  const cutValues = encodings.chain(encoding =>
    fc.record({
      layout: layouts,
      column: fc.record({
        name: fc.constant(bytes('a')),
        isLarge: fc.constant(false),
        kind: columns.map(({ kind }) => kind),
        encoding: fc.constant(encoding),
      }),
      value: values(encoding),
      steps: fc.array(fc.integer({ min: 4, max: 90 }), { minLength: 1, maxLength: 5 }),
    }),
  )
  fc.assert(
    fc.property(cutValues, ({ layout, column, value, steps }) => {
      const form = textForm([column], layout)
      const [{ escapePiece: write, wholeCharacters }] = form.columns
      const out = Buffer.alloc(2 * value.length)
      let at = 0
      let from = 0
      for (let step = 0; from < value.length; step++) {
        const end = Math.min(value.length, from + steps[step % steps.length])
        const whole = end === value.length ? end : wholeCharacters(value, from, end)
        expect(whole).toBeGreaterThan(from)
        expect(end - whole).toBeLessThanOrEqual(3)
        at = write(value, from, whole, out, at)
        from = whole
      }
      const inOne = Buffer.alloc(2 * value.length)
      const inOneEnd = write(value, 0, value.length, inOne, 0)
      expect(latin1(out.subarray(0, at))).toBe(latin1(inOne.subarray(0, inOneEnd)))
    }),
    { numRuns: cases(2000) },
  )
})

test('TEXT refuses a layout of fixed width', () => {
  const fixed = { ...DEFAULT_TEXT_LAYOUT, fieldsTerminatedBy: bytes('') }
  expect(() => textForm([], fixed)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE', message: expect.stringContaining('fixed width') }),
  )
  expect(() => textForm([], { ...fixed, enclosedBy: bytes('"') })).not.toThrow(BatchQueryError)
})
