import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { keyOf } from '../../matrix/case.ts'
import { CASES } from '../../matrix/cases/index.ts'
import { difference } from '../../matrix/compare/compare.ts'
import type { Expected } from '../../matrix/compare/differs.ts'
import { PAGE, withMatrix } from '../../matrix/page.ts'
import { readRecord } from '../../matrix/record.ts'
import type { Seen } from '../../matrix/seen.ts'
import { errorIn } from '../../matrix/tools/run-program.ts'

test('docs/types.md has the table of the recorded outcomes', async () => {
  const page = await readFile(PAGE, 'utf8')
  expect(page).toBe(withMatrix(page, readRecord()))
})

test('the record has an outcome of batchquery for each case, and none for others', () => {
  const { outcomes } = readRecord()
  expect(Object.keys(outcomes)).toEqual(CASES.map(keyOf))
  for (const byTool of Object.values(outcomes)) expect(byTool.batchquery).toMatch(/^(exact|lossy|refused:) /)
})

const float = (value: number): Seen => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return { kind: 'float', bits: bytes.toString('hex') }
}

const double = (value: number): Seen => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return { kind: 'float', bits: bytes.toString('hex') }
}

const text = (value: string): Seen => ({ kind: 'text', text: value })
const number = (digits: string): Seen => ({ kind: 'number', digits })
const bytes = (hex: string): Seen => ({ kind: 'bytes', hex })
const timestamp = (micros: string, isUtc: boolean): Seen => ({
  kind: 'timestamp',
  value: micros,
  unit: 'us',
  isUtc,
})
const server = (text: string, meaning = text): Expected => ({ text, meaning })

type Comparison = [meaning: Parameters<typeof difference>[0], seen: Seen, expected: Expected | null]

test.each<Comparison>([
  ['number', number('1.1'), server('1.10')],
  ['number', number('42'), server('00000042')],
  ['number', double(0.5), server('0.50')],
  ['number', text('1E-30'), server(`0.${'0'.repeat(29)}1`)],
  ['float', float(0.1), server('0.10000000149011612')],
  ['double', double(-0), server('-0')],
  ['double', double(Number.NaN), server('NaN')],
  ['bits', bytes('0203'), server('515')],
  ['boolean', text('1'), server('true')],
  ['date', { kind: 'date', days: -1 }, server('1969-12-31')],
  ['date', text('0000-00-00'), server('0000-00-00')],
  ['date', { kind: 'date', days: -735160 }, server('0044-03-15 BC')],
  ['datetime', timestamp('-1', false), server('1969-12-31 23:59:59.999999')],
  ['instant', timestamp('1000000', true), server('1970-01-01 01:00:01', '1000000')],
  ['instant', text('1970-01-01 01:00:01+01'), server('', '1000000')],
  ['time', { kind: 'time', value: '86400000000', unit: 'us' }, server('24:00:00')],
  ['duration', text('-838:59:59'), server('-838:59:59.000000')],
  ['interval', text('P1M2DT3.000004S'), server('1 mon 2 days 00:00:03.000004', '1 2 3000004')],
  ['interval', text('PT-1S'), server('-00:00:01', '0 0 -1000000')],
  ['json', text('{"a":1.10}'), server('{"a": 1.10}')],
  ['uuid', bytes('00112233445566778899aabbccddeeff'), server('00112233-4455-6677-8899-aabbccddeeff')],
  ['bytes', bytes('00ff'), server('00FF')],
  ['vector', { kind: 'list', items: [float(1)] }, server('[1]', '0000803F')],
  ['nested', { kind: 'list', items: [number('1'), null] }, server('{1,NULL}', '[1,null]')],
  ['text', null, null],
])('the comparison as %s takes %j for the same as %j', (meaning, seen, expected) => {
  expect(difference(meaning, seen, expected, { type: '', metadata: {} })).toBeNull()
})

test.each<[...Comparison, how: string]>([
  ['number', { kind: 'boolean', value: true }, server('5'), 'true for 5'],
  [
    'number',
    double(18446744073709552000),
    server('18446744073709551615'),
    '18446744073709552000 for 18446744073709551615',
  ],
  ['number', double(0.1), server('0.1'), '0.1000000000000000056 for 0.1'],
  ['float', float(16777200), server('16777216'), '16777200 for 16777216'],
  ['float', double(0.1), server('0.10000000149011612'), '0.1 for 0.10000000149011612'],
  ['double', double(0), server('-0'), '0 for -0'],
  ['date', null, server('0000-00-00'), 'NULL for 0000-00-00'],
  ['date', { kind: 'date', days: 0 }, server('infinity'), '1970-01-01 for infinity'],
  ['datetime', timestamp('0', true), server('1970-01-01 00:00:00'), 'marked as UTC'],
  ['instant', timestamp('0', false), server('1970-01-01 01:00:00+01', '0'), 'UTC without a mark'],
  ['instant', timestamp('3600000000', false), server('1970-01-01 01:00:00', '0'), 'zone lost'],
  ['instant', text('1970-01-01 01:00:00'), server('1970-01-01 01:00:00', '0'), 'zone lost'],
  ['time', { kind: 'time', value: '0', unit: 'us' }, server('24:00:00'), '00:00:00 for 24:00:00'],
  ['time', { kind: 'time', value: '3600', unit: 's' }, server('01:00:00+05:30'), 'offset lost'],
  ['text', text('ab'), server('ab   '), 'padding cut'],
  ['json', text('{"a":1.1}'), server('{"a":1.10}'), '{"a":1.1} for {"a":1.10}'],
  ['bitstring', bytes('80c0'), server('1000000011'), 'length lost'],
  ['geometry', bytes('0101'), server('', 'e61000000101'), 'SRID lost'],
  ['nested', { kind: 'list', items: [number('7')] }, server('[0:0]={7}', '[7]'), 'bounds lost'],
  ['text', text('x'), null, 'x for NULL'],
])('the comparison as %s takes %j for another value than %j', (meaning, seen, expected, how) => {
  expect(difference(meaning, seen, expected, { type: '', metadata: {} })).toBe(how)
})

test.each([
  ['Traceback\n_duckdb.IOException: IO Error: no\n', 'IO Error: no'],
  [
    "thread 'main' panicked at src/x.rs:1:2:\nnot implemented: point\nnote: run with\n",
    'not implemented: point',
  ],
  ['\x1b[31mError: [CODE] bad\x1b[0m\nmore\n', '[CODE] bad'],
  ['gone\n', 'gone'],
])('the words of the error are found in %j', (output, words) => {
  expect(errorIn(output)).toBe(words)
})
