import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { DuckdbWitness } from './witnesses.ts'
import { drain, placesOf, type Row, writerOf } from './write-file.ts'

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'i', type: { kind: 'int', bits: 64, signed: true }, wire: 'text' },
  { name: 's', type: { kind: 'string' }, wire: 'raw' },
]
const SMALL = 2_000
const LARGE = 70_000
const BATCH = 500

const rowsOf = (count: number, value: (row: number) => number): Row[] =>
  Array.from({ length: count }, (_, row) => [
    Buffer.from(String(value(row))),
    row % 97 === 5 ? null : Buffer.from(`value ${value(row)}`.padEnd(40, 'x')),
  ])

/** Writes each list of rows as a part. */
async function partsOf(lists: readonly (readonly Row[])[]): Promise<Buffer[]> {
  const writer = writerOf(COLUMNS)
  const parts: Buffer[] = []
  for (const rows of lists) {
    const blocks: Buffer[] = []
    for (let at = 0; at < rows.length; at += BATCH) {
      const batch = rows.slice(at, at + BATCH)
      const { source, places } = placesOf(batch)
      expect(writer.takeRows(source, places, 0, batch.length)).toBe(batch.length)
    }
    writer.endPart()
    await drain(writer, blocks, true)
    parts.push(Buffer.concat(blocks))
  }
  return parts
}

/** Whether a column of a part has pages of indices, and whether it has others. */
const pagesOf = (part: Buffer, column: number): readonly boolean[] => {
  const { row_groups } = parquetMetadata(new Uint8Array(part).buffer)
  const stats = row_groups[0].columns[column].meta_data?.encoding_stats ?? []
  const data = stats.filter(({ page_type }) => page_type === 'DATA_PAGE')
  const indexed = data.filter(({ encoding }) => encoding === 'RLE_DICTIONARY')
  return [indexed.length > 0, data.length > indexed.length]
}

async function expectRows(part: Buffer, rows: readonly Row[]): Promise<void> {
  using duckdb = await DuckdbWitness.open(part)
  const read = await duckdb.query('SELECT i::VARCHAR, s FROM FILE')
  expect(read.length).toBe(rows.length)
  const wrong = rows.findIndex(
    ([i, s], row) => i?.toString() !== read[row][0] || (s?.toString() ?? null) !== read[row][1],
  )
  expect(wrong).toBe(-1)
}

test('a column pauses its dictionary after small parts without equal values, and tries it again in a large part', async () => {
  const unique = Array.from({ length: 6 }, (_, part) => rowsOf(SMALL, row => part * SMALL + row))
  const few = rowsOf(LARGE, row => row % 50)
  const lists = [...unique, few, few.slice(0, SMALL), ...unique, rowsOf(LARGE, row => row), unique[0]]
  const parts = await partsOf(lists)
  for (const [at, rows] of lists.entries()) await expectRows(parts[at], rows)
  for (const column of [0, 1]) {
    for (const part of parts.slice(0, 6)) expect(pagesOf(part, column)).toEqual([false, true])
    expect(pagesOf(parts[6], column)).toEqual([true, true])
    expect(pagesOf(parts[7], column)).toEqual([true, false])
    for (const part of parts.slice(8)) expect(pagesOf(part, column)).toEqual([false, true])
  }
})

test('a column keeps its dictionary when small parts have equal values', async () => {
  const lists = Array.from({ length: 8 }, (_, part) => rowsOf(SMALL, row => part * 100 + (row % 100)))
  const parts = await partsOf(lists)
  for (const [at, rows] of lists.entries()) {
    await expectRows(parts[at], rows)
    for (const column of [0, 1]) expect(pagesOf(parts[at], column)).toEqual([true, false])
  }
})
