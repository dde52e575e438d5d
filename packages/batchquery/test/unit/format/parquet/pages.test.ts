import { type ColumnIndex, parquetMetadata, parquetQuery, readColumnIndex, readOffsetIndex } from 'hyparquet'
import { expect, test } from 'vitest'
import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { asyncBuffer, DuckdbWitness, quoted, readWithHyparquet } from './witnesses.ts'
import { CODECS, drain, inPieces, type Row, writeFile, writerOf } from './write-file.ts'

const ROWS = 70_000
const text = (value: string): Buffer => Buffer.from(value)

interface Column {
  readonly column: ParquetColumn
  readonly order: ColumnIndex['boundary_order']
  value(row: number): string | null
}

const INT: ParquetColumn['type'] = { kind: 'int', bits: 64, signed: true }
const COLUMNS: readonly Column[] = [
  {
    column: { name: 'ascending', type: INT, wire: 'text' },
    order: 'ASCENDING',
    value: row => String(row - 30_000),
  },
  {
    column: { name: 'descending', type: INT, wire: 'text' },
    order: 'DESCENDING',
    value: row => String(30_000 - row),
  },
  {
    column: { name: 'mixed', type: INT, wire: 'text' },
    order: 'UNORDERED',
    value: row => String((row * 7919) % 69_997),
  },
  {
    column: { name: 'unsigned', type: { kind: 'int', bits: 64, signed: false }, wire: 'text' },
    order: 'ASCENDING',
    value: row => String(2n ** 63n - 30_000n + BigInt(row)),
  },
  {
    column: { name: 'few', type: { kind: 'string' }, wire: 'raw' },
    order: 'ASCENDING',
    value: row => `v${Math.floor(row / 10_000)}`,
  },
  {
    column: { name: 'gaps', type: { kind: 'string' }, wire: 'raw' },
    order: 'ASCENDING',
    value: row =>
      row >= 10_000 && row < 55_000 ? null : `long text ${'x'.repeat(60)} ${String(row).padStart(6, '0')}`,
  },
  {
    column: { name: 'small', type: { kind: 'decimal', precision: 30, scale: 2 }, wire: 'text' },
    order: 'ASCENDING',
    value: row => `${row - 35_000}.25`,
  },
]
const rowsOf = (columns: readonly Column[], count: number): Row[] =>
  Array.from({ length: count }, (_, row) =>
    columns.map(({ value }) => {
      const found = value(row)
      return found === null ? null : text(found)
    }),
  )

const number = (value: unknown): number => Number(value)

/** The pages of a column, as hyparquet reads the index. */
function pagesOf(file: Buffer, group: number, column: number) {
  const bytes = new Uint8Array(file).buffer
  const metadata = parquetMetadata(bytes)
  const chunk = metadata.row_groups[group].columns[column]
  const schema = metadata.schema[1 + column]
  const view = (offset: unknown, length: unknown) => ({
    view: new DataView(bytes, number(offset), number(length)),
    offset: 0,
  })
  return {
    index: readColumnIndex(view(chunk.column_index_offset, chunk.column_index_length), schema),
    locations: readOffsetIndex(view(chunk.offset_index_offset, chunk.offset_index_length)).page_locations,
    rows: number(metadata.row_groups[group].num_rows),
    metadata: chunk.meta_data,
  }
}

test('the page index says which rows, NULLs and bounds each page has', async () => {
  const file = await writeFile(
    COLUMNS.map(({ column }) => column),
    rowsOf(COLUMNS, ROWS),
    { codec: 'SNAPPY', batches: [1000, 333] },
  )
  using duckdb = await DuckdbWitness.open(file)
  for (const [c, { column, order }] of COLUMNS.entries()) {
    const { index, locations, rows, metadata } = pagesOf(file, 0, c)
    expect(index.boundary_order, column.name).toBe(order)
    expect(locations.length, column.name).toBeGreaterThan(3)
    expect(number(locations[0].offset)).toBe(number(metadata?.data_page_offset))
    for (const [p, { first_row_index, compressed_page_size, offset }] of locations.entries()) {
      const next = locations[p + 1]
      const end = next === undefined ? rows : number(next.first_row_index)
      if (next !== undefined) expect(number(next.offset)).toBe(number(offset) + compressed_page_size)
      const name = quoted(column.name)
      const [[nulls, min, max]] = await duckdb.query(
        `SELECT count(*) - count(${name}), min(${name})::VARCHAR, max(${name})::VARCHAR FROM read_parquet(FILE, file_row_number = true)
         WHERE file_row_number >= ${first_row_index} AND file_row_number < ${end}`,
      )
      expect(index.null_counts?.[p], `${column.name} ${p}`).toBe(nulls)
      expect(index.null_pages[p]).toBe(min === null)
      if (min === null) continue
      if (column.name === 'gaps') {
        expect(Buffer.compare(Buffer.from(index.min_values[p]), text(String(min)))).toBeLessThanOrEqual(0)
        expect(Buffer.compare(Buffer.from(index.max_values[p]), text(String(max)))).toBeGreaterThanOrEqual(0)
      } else if (column.type.kind === 'decimal') {
        expect(Number(index.min_values[p]), column.name).toBe(Number(min))
      } else {
        expect(shown(index.min_values[p]), `${column.name} ${p}`).toBe(min)
        expect(shown(index.max_values[p]), `${column.name} ${p}`).toBe(max)
      }
    }
  }
  expect(pagesOf(file, 0, 5).index.null_pages).toContain(true)
})

const shown = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)

test('a reader finds rows by the page index', async () => {
  const rows = rowsOf(COLUMNS, ROWS)
  const file = await writeFile(
    COLUMNS.map(({ column }) => column),
    rows,
    { codec: 'NONE', batches: [1000] },
  )
  const found = await parquetQuery({
    file: asyncBuffer(file),
    filter: { ascending: { $eq: 12_345n } },
    usePageIndex: true,
    useOffsetIndex: true,
  })
  expect(found.map(row => row.few)).toEqual(['v4'])
})

test('pages have at most 20,000 rows and about a MiB, and groups the bytes that were asked for', async () => {
  const columns: ParquetColumn[] = [
    { name: 'wide', type: { kind: 'string' }, wire: 'raw' },
    { name: 'narrow', type: { kind: 'bool' }, wire: 'text' },
  ]
  const rows: Row[] = Array.from({ length: 50_000 }, (_, row) => [
    text(`${'w'.repeat(95)}${row}`),
    text(row % 3 === 0 ? 't' : 'f'),
  ])
  const file = await writeFile(columns, rows, { batches: [700], groupBytes: 4 << 20 })
  const wide = pagesOf(file, 0, 0)
  const narrow = pagesOf(file, 0, 1)
  for (const { compressed_page_size } of wide.locations) {
    expect(compressed_page_size).toBeLessThanOrEqual((1 << 20) + 3000)
  }
  for (const { compressed_page_size } of wide.locations.slice(0, -1))
    expect(compressed_page_size).toBeGreaterThan(900_000)
  for (const [p, { first_row_index }] of narrow.locations.entries())
    expect(number(first_row_index)).toBe(p * 20_000)
  const groups = parquetMetadata(new Uint8Array(file).buffer).row_groups
  expect(groups.length).toBe(2)
  expect(number(groups[0].total_byte_size)).toBeGreaterThan(4 << 20)
  expect(number(groups[0].total_byte_size)).toBeLessThan(4.2 * (1 << 20))
})

test('a group has at most 2^20 rows', async () => {
  const columns: ParquetColumn[] = [{ name: 'c', type: { kind: 'int', bits: 8, signed: true }, wire: 'text' }]
  const rows: Row[] = Array.from({ length: 2 ** 20 + 10 }, (_, row) => [text(String(row % 100))])
  const file = await writeFile(columns, rows, { batches: [5000, 7] })
  expect(
    parquetMetadata(new Uint8Array(file).buffer).row_groups.map(({ num_rows }) => number(num_rows)),
  ).toEqual([2 ** 20, 10])
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT count(*), sum(c)::BIGINT FROM FILE')).toEqual([
    [2n ** 20n + 10n, rows.reduce((sum, _, row) => sum + BigInt(row % 100), 0n)],
  ])
})

/** Distinct values of 100,000 rows: how a column's dictionary ends. */
test.each([
  ['never', 30_000, { PLAIN: 0, RLE_DICTIONARY: 5 }],
  ['when it is full', 90_000, { PLAIN: 1, RLE_DICTIONARY: 1 }],
  ['early', 1e9, { PLAIN: 5, RLE_DICTIONARY: 0 }],
] as const)('a column leaves its dictionary %s', async (_, distinct, least) => {
  const columns: ParquetColumn[] = [
    { name: 'i', type: INT, wire: 'text' },
    { name: 's', type: { kind: 'string' }, wire: 'raw' },
  ]
  const value = (row: number): number =>
    row < 40_000 && distinct < 1e9 ? row % 5000 : (row * 7919) % distinct
  const rows: Row[] = Array.from({ length: 100_000 }, (_, row) => [
    text(String(value(row))),
    text(`value ${value(row)}`),
  ])
  const file = await writeFile(columns, rows, { codec: 'SNAPPY', batches: [1000] })
  using duckdb = await DuckdbWitness.open(file)
  const read = await duckdb.query('SELECT i::VARCHAR, s FROM FILE')
  for (const [r, row] of rows.entries())
    if (row[0]?.toString() !== read[r][0] || row[1]?.toString() !== read[r][1]) throw new Error(`row ${r}`)
  const stats = parquetMetadata(new Uint8Array(file).buffer).row_groups[0].columns.map(
    ({ meta_data }) => meta_data?.encoding_stats ?? [],
  )
  for (const [c, column] of stats.entries()) {
    const count = (encoding: string): number =>
      column.find(found => found.page_type === 'DATA_PAGE' && found.encoding === encoding)?.count ?? 0
    const withoutDictionary = c === 0 ? 'DELTA_BINARY_PACKED' : 'PLAIN'
    if (least.PLAIN === 0) expect(count(withoutDictionary)).toBe(0)
    else expect(count(withoutDictionary)).toBeGreaterThanOrEqual(least.PLAIN)
    if (least.RLE_DICTIONARY === 0) expect(count('RLE_DICTIONARY')).toBe(0)
    else expect(count('RLE_DICTIONARY')).toBeGreaterThanOrEqual(least.RLE_DICTIONARY)
  }
  const [[intDistinct], [textDistinct]] = await duckdb.query(
    'SELECT stats_distinct_count FROM parquet_metadata(FILE) ORDER BY column_id',
  )
  expect(intDistinct).toBe(null)
  expect(textDistinct).toBe(least.PLAIN === 0 ? 30_000n : null)
})

test('a chunk with NaN has no bounds', async () => {
  const columns: ParquetColumn[] = [
    { name: 'some', type: { kind: 'double' }, wire: 'text' },
    { name: 'all', type: { kind: 'double' }, wire: 'text' },
    { name: 'zero', type: { kind: 'float' }, wire: 'text' },
    { name: 'none', type: { kind: 'double' }, wire: 'text' },
  ]
  const rows: Row[] = [
    [text('NaN'), text('NaN'), text('0'), text('7')],
    [text('-3.5'), text('NaN'), text('-0'), text('-3.5')],
    [text('7'), null, text('0'), null],
  ]
  const file = await writeFile(columns, rows)
  const [some, all, zero, none] = parquetMetadata(new Uint8Array(file).buffer).row_groups[0].columns
  for (const { meta_data, column_index_offset } of [some, all]) {
    expect(meta_data?.statistics?.min_value).toBe(undefined)
    expect(meta_data?.statistics?.max_value).toBe(undefined)
    expect(column_index_offset).toBe(undefined)
  }
  expect([none.meta_data?.statistics?.min_value, none.meta_data?.statistics?.max_value]).toEqual([-3.5, 7])
  expect([zero.meta_data?.statistics?.min_value, zero.meta_data?.statistics?.max_value]).toEqual([-0, 0])
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT * FROM FILE WHERE "some" < 0')).toHaveLength(1)
})

const LONG = ['x'.repeat(1_500_000), 'é'.repeat(1_200_000), '', 'short']

test.each(CODECS)('values in pieces get pages of their own (%s)', async codec => {
  const columns: ParquetColumn[] = [
    { name: 'id', type: INT, wire: 'text' },
    { name: 's', type: { kind: 'string' }, wire: 'raw' },
    { name: 'j', type: { kind: 'json' }, wire: 'jsonb' },
  ]
  const writer = writerOf(columns, { codec, groupBytes: 8 << 20 })
  const parts: Buffer[] = []
  for (let row = 0; row < 12; row++) {
    while (!writer.canTake) {
      await drain(writer, parts, false)
      await writer.whenReady()
    }
    writer.startRow()
    writer.value(text(String(row)), 0, String(row).length)
    const value = text(LONG[row % LONG.length])
    if (row % 5 === 4) writer.nullValue()
    else if (value.length > 1000) inPieces(writer, value)
    else writer.value(value, 0, value.length)
    const json = text(`\x01"${LONG[row % 2]}"`)
    inPieces(writer, json)
    writer.endRow()
  }
  writer.endPart()
  await drain(writer, parts, true)
  const objects = await readWithHyparquet(Buffer.concat(parts))
  expect(objects.map(({ id }) => Number(id))).toEqual(Array.from({ length: 12 }, (_, row) => row))
  for (const [row, { s, j }] of objects.entries()) {
    expect(
      s === (row % 5 === 4 ? undefined : LONG[row % LONG.length]) || (s === null && row % 5 === 4),
      `row ${row}`,
    ).toBe(true)
    expect(j === `"${LONG[row % 2]}"`, `row ${row}`).toBe(true)
  }
  using duckdb = await DuckdbWitness.open(Buffer.concat(parts))
  const lengths = await duckdb.query('SELECT strlen(s)::INT, length(j)::INT FROM FILE')
  expect(lengths).toEqual(
    Array.from({ length: 12 }, (_, row) => [
      row % 5 === 4 ? null : text(LONG[row % LONG.length]).length,
      LONG[row % 2].length + 2,
    ]),
  )
})
