import { expect, test } from 'vitest'
import { PARQUET } from '../../../../src/format/parquet/parquet.ts'
import type { ParquetColumn } from '../../../../src/format/parquet/type.ts'
import { readerOf, writeFile } from './write-file.ts'

const NONE = { nulls: null, min: null, max: null }

/** The statistics of a file with these texts in one column. Each group has few rows. */
async function statisticsOf(column: Omit<ParquetColumn, 'name'>, texts: readonly (string | Buffer | null)[]) {
  const rows = texts.map(text => [text === null ? null : Buffer.from(text)])
  const file = await writeFile([{ name: 'constructor', ...column }], rows, { groupBytes: 16, batches: [2] })
  const { statistics, columns } = await PARQUET.reader.describe(file.length, readerOf(file))
  expect(columns).toHaveLength(1)
  return statistics[0]
}

const int = (bits: 8 | 16 | 32 | 64, signed = true) => ({ kind: 'int', bits, signed }) as const
const decimal = (precision: number, scale: number) => ({ kind: 'decimal', precision, scale }) as const
const timestamp = (utc: boolean) => ({ kind: 'timestamp', utc }) as const

test.each([
  [int(32), ['10', '9', '-7', '100'], '-7', '100'],
  [
    int(64),
    ['9007199254740993', '-9223372036854775808', '9223372036854775807'],
    '-9223372036854775808',
    '9223372036854775807',
  ],
  [decimal(5, 2), ['1.10', '-0.05', '999.99'], '-0.05', '999.99'],
  [
    decimal(38, 10),
    ['1.5', '-9999999999999999999999999999.9999999999'],
    '-9999999999999999999999999999.9999999999',
    '1.5000000000',
  ],
  [{ kind: 'double' } as const, ['0.1', '-2.5e-7', '1e300'], '-2.5e-7', '1e+300'],
  [{ kind: 'float' } as const, ['0.1', '16777216'], '0.1', '16777216'],
  [{ kind: 'bool' } as const, ['1', '0'], 'false', 'true'],
  [{ kind: 'date' } as const, ['2026-01-31', '1969-12-31', '9999-12-31'], '1969-12-31', '9999-12-31'],
  [
    timestamp(false),
    ['2026-01-31 10:00:00.5', '1969-12-31 23:59:59.999999'],
    '1969-12-31 23:59:59.999999',
    '2026-01-31 10:00:00.5',
  ],
  [
    timestamp(true),
    ['2026-01-31 10:00:00', '2026-01-31 10:00:01'],
    '2026-01-31 10:00:00Z',
    '2026-01-31 10:00:01Z',
  ],
  [{ kind: 'string' } as const, ['b', 'Z', '日本', ''], '', '日本'],
])('a column of %j has its least and greatest value as text', async (type, texts, min, max) => {
  const column = { type, wire: 'text' } as const
  expect(await statisticsOf(column, texts)).toEqual({ nulls: 0, min, max })
  expect(await statisticsOf(column, [null, ...texts, null, null])).toEqual({ nulls: 3, min, max })
  expect(await statisticsOf(column, [null, null, null])).toEqual({ nulls: 3, min: null, max: null })
})

test('a value without an exact bound of its own has none', async () => {
  const string = { type: { kind: 'string' }, wire: 'text' } as const
  expect(await statisticsOf(string, ['a', 'x'.repeat(10_000)])).toEqual({ ...NONE, nulls: 0 })
  expect(await statisticsOf({ type: { kind: 'double' }, wire: 'text' }, ['1', 'NaN'])).toEqual({
    ...NONE,
    nulls: 0,
  })
  expect(await statisticsOf({ type: { kind: 'bytes' }, wire: 'raw' }, ['a', 'b', null])).toEqual({
    ...NONE,
    nulls: 1,
  })
  expect(await statisticsOf({ type: { kind: 'json' }, wire: 'text' }, ['1', '2'])).toEqual({
    ...NONE,
    nulls: 0,
  })
})

test('an empty file has no bounds', async () => {
  expect(await statisticsOf({ type: int(32), wire: 'text' }, [])).toEqual({ nulls: 0, min: null, max: null })
})
