import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvReader, csvForm, csvLayout, encodeRow, type TypedColumn } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { values } from './arbitraries.ts'

/** Gathers the values as latin1, null for NULL. */
class Gathered {
  readonly rows: (string | null)[][] = []
  #row: (string | null)[] = []
  #value = ''

  piece(source: Buffer, start: number, end: number): void {
    expect(end).toBeGreaterThan(start)
    this.#value += source.toString('latin1', start, end)
  }

  endValue(isNull: boolean): void {
    if (isNull) expect(this.#value).toBe('')
    this.#row.push(isNull ? null : this.#value)
    this.#value = ''
  }

  endRow(): void {
    this.rows.push(this.#row)
    this.#row = []
  }
}

test('a reader reads back the values of CSV when it is cut anywhere', () => {
  const row = fc.integer({ min: 1, max: 4 }).chain(length => {
    const value = fc.option(fc.oneof(values('utf8'), fc.constant(Buffer.from('\\.'))), { nil: null })
    return fc.array(value, { minLength: length, maxLength: length })
  })
  const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 })
  fc.assert(
    fc.property(row, fc.integer({ min: 0, max: 3 }), cuts, (values, times, cuts) => {
      const columns = values.map(
        (): TypedColumn => ({
          name: Buffer.from('c'),
          kind: 'string',
          encoding: 'utf8',
          isLarge: false,
          type: 'text',
        }),
      )
      const form = csvForm(columns, csvLayout({}))
      const out = Buffer.alloc(
        values.reduce((sum, value) => sum + 2 * (value?.length ?? 0), form.overheadPerRow),
      )
      const line = Buffer.from(out.subarray(0, encodeRow(form, values, out, 0)))
      const encoded = Buffer.concat(Array.from({ length: times }, () => line))

      const gathered = new Gathered()
      const reader = new CsvReader(gathered)
      for (let at = 0, cut = 0; at < encoded.length; cut++) {
        const end = at + cuts[cut % cuts.length]
        reader.read(encoded.subarray(at, end))
        at = end
      }
      const expected = values.map(value => value?.toString('latin1') ?? null)
      expect(gathered.rows).toEqual(Array.from({ length: times }, () => expected))
    }),
    { numRuns: cases(2000) },
  )
})
