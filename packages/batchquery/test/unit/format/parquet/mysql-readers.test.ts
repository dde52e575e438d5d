import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FlatType, WireForm } from '../../../../src/format/index.ts'
import { readerFor } from '../../../../src/format/parquet/readers/reader-for.ts'
import { Values } from '../../../../src/format/parquet/values.ts'
import { textWriter } from '../../../../src/format/wire-text.ts'
import { cases } from '../../../setup/chance.ts'
import { type ColumnType, readEach, readPlain, sourceOf } from './read-values.ts'

/* The readers of MySQL's binary forms make the same of a value as the readers of its text. */

const int = (bits: 8 | 16 | 32 | 64, signed = true): FlatType => ({ kind: 'int', bits, signed })
const COLUMNS: readonly (readonly [wire: WireForm, bytes: number, type: FlatType])[] = [
  ['le8', 1, int(8)],
  ['le8', 1, int(8, false)],
  ['le16', 2, int(16)],
  ['le16', 2, int(16, false)],
  ['le32', 4, int(32)],
  ['le32', 4, int(64)],
  ['le64', 8, int(64)],
  ['le64', 8, { kind: 'decimal', precision: 20, scale: 0 }],
  ['leFloat', 4, { kind: 'float' }],
  ['leDouble', 8, { kind: 'double' }],
]

function textOf(column: ColumnType, value: Buffer): string {
  const writer = textWriter(column)
  if (writer === null) throw new Error('the column has no text writer')
  const out = Buffer.alloc(writer.mostBytes)
  return out.toString('latin1', 0, writer.write(value, 0, value.length, out, 0))
}

const isNumber = ({ kind }: FlatType, value: Buffer): boolean => {
  if (kind === 'float') return Number.isFinite(value.readFloatLE())
  return kind !== 'double' || Number.isFinite(value.readDoubleLE())
}

test.each(COLUMNS)('a value of the form %s is what its text is', (wire, bytes, type) => {
  const value = fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(found => Buffer.from(found))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), found => {
      const values = found.filter(one => isNumber(type, one))
      const texts = values.map(one => textOf({ type, wire }, one))
      expect(readEach({ type, wire }, values)).toEqual(readEach({ type, wire: 'text' }, texts))
    }),
    { numRuns: cases(100) },
  )
  expect(readPlain({ type, wire }, [Buffer.alloc(bytes), Buffer.alloc(bytes + 1)])).toBe(1)
})

const time = fc
  .record({
    date: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    micros: fc.integer({ min: 0, max: 999_999 }),
    bytes: fc.constantFrom(4, 7, 11),
  })
  .map(({ date, micros, bytes }) => {
    const out = Buffer.alloc(11)
    out.writeUInt16LE(date.getUTCFullYear())
    out.set([date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()], 2)
    out[6] = date.getUTCSeconds()
    out.writeUInt32LE(micros, 7)
    return out.subarray(0, bytes)
  })

const offsetAt = (local: number): number => (local % 7 === 0 ? Number.NaN : local > 1e9 ? 7200 : -3600)

test.each([
  ['a DATE', { kind: 'date' }, undefined],
  ['a DATETIME', { kind: 'timestamp', utc: false }, undefined],
  ['a TIMESTAMP', { kind: 'timestamp', utc: true }, undefined],
  ['a TIMESTAMP of a zone', { kind: 'timestamp', utc: true }, offsetAt],
] as const)('%s is what its text is', (_name, type, zone) => {
  const options = zone === undefined ? {} : { offsetAt: zone }
  const binary: ColumnType = { type, wire: 'leDate', ...options }
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 50 }), found => {
      const values = type.kind === 'date' ? found.map(value => value.subarray(0, 4)) : found
      const texts = values.map(value => textOf(binary, value))
      expect(readPlain(binary, values)).toEqual(readPlain({ type, wire: 'text', ...options }, texts))
    }),
    { numRuns: cases(200) },
  )
})

const DATETIME: ColumnType = { type: { kind: 'timestamp', utc: false }, wire: 'leDate' }

test('zero and partial dates are NULL, and counted', () => {
  const dates = [[], [0xe8, 7, 0, 1], [0xe8, 7, 1, 0, 1, 2, 3], [0, 0, 1, 1], [0xe8, 7, 2, 3]].map(date =>
    Buffer.from(date),
  )
  const { source, places } = sourceOf(dates)
  const values = new Values()
  values.use(source)
  values.gatherDates(places, 0, 2, dates.length, true)
  expect([values.count, values.nulls, values.zeroDates]).toEqual([2, 3, 3])
  expect(Array.from(values.nullRows.subarray(0, 3))).toEqual([0, 1, 2])
  expect(readerFor({ name: 'd', ...DATETIME }).hasZeroDates).toBe('binary')
})

test.each<[string, ColumnType, number[], string]>([
  ['a day that no calendar has', DATETIME, [0xe8, 7, 2, 31], '2024-02-31 00:00:00'],
  ['an hour that no day has', DATETIME, [0xe8, 7, 2, 3, 24, 0, 0], '2024-02-03 24:00:00'],
  ['a DATE', { type: { kind: 'date' }, wire: 'leDate' }, [0xe8, 7, 2, 31], '2024-02-31'],
  ['a TIME of five bytes', { type: { kind: 'string' }, wire: 'leTime' }, [1, 2, 3, 4, 5], '0x0102030405'],
  ['an INT of three bytes', { type: int(32), wire: 'le32' }, [1, 2, 3], '0x010203'],
])('a refused value is named as text: %s', (_name, column, bytes, shown) => {
  const value = Buffer.from(bytes)
  expect(readPlain(column, [value])).toBe(0)
  const refusal = readerFor({ name: 'c', ...column }).refusal(value, 0, value.length)
  expect(refusal.shown).toBe(shown)
})

test('a time that the clock of the zone shows twice is refused with a hint', () => {
  const column: ColumnType = {
    type: { kind: 'timestamp', utc: true },
    wire: 'leDate',
    offsetAt: () => Number.NaN,
  }
  const value = Buffer.from([0xe8, 7, 2, 3])
  expect(readerFor({ name: 'c', ...column }).refusal(value, 0, 4)).toMatchObject({
    shown: '2024-02-03 00:00:00',
    why: expect.stringContaining('twice or not at all'),
    hint: expect.stringContaining('SET time_zone'),
  })
})

test('a TIME is the text that the server prints', () => {
  const column: ColumnType = { type: { kind: 'string' }, wire: 'leTime', decimals: 6 }
  const plain = readPlain(column, [Buffer.from([1, 34, 0, 0, 0, 22, 59, 59]), Buffer.alloc(0)])
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.of(value.length, 0, 0, 0), Buffer.from(value)])
  expect(plain).toEqual(Buffer.concat([text('-838:59:59.000000'), text('00:00:00.000000')]))
})
