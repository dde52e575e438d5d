import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { type ParquetColumn, readFooter } from '../../../../src/format/parquet/index.ts'
import { Random } from './random.ts'
import { NULL_PATTERNS, sampleRows } from './sample-columns.ts'
import { binaryArray, integers, LIST_COLUMNS, REQUIRED_COLUMNS } from './sample-lists.ts'
import { SMALL_PAGES } from './tables.ts'
import { DuckdbWitness, firstDifference } from './witnesses.ts'
import { checkPages, type Row, readerOf, writeByValue, writeFile } from './write-file.ts'

const SAMPLED = [...LIST_COLUMNS, ...REQUIRED_COLUMNS]
const COLUMNS = SAMPLED.map(({ column }) => column)

test.each(NULL_PATTERNS)('both witnesses read lists and required columns (NULLs: %s)', async pattern => {
  const samples = sampleRows(600, pattern, new Random(), SAMPLED)
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  for (const limits of [undefined, SMALL_PAGES]) {
    const file = await writeFile(COLUMNS, rows, {
      codec: 'SNAPPY',
      groupBytes: 300_000,
      batches: [100, 1, 57, 400, 3],
      limits,
    })
    expect(await firstDifference(file, COLUMNS, samples)).toBe(null)
    const footer = await readFooter(file.length, readerOf(file))
    expect(footer.rows).toBe(600)
    checkPages(footer, file, 1000)
  }
})

const INT = { kind: 'int', bits: 32, signed: true } as const
const INTS: ParquetColumn = {
  name: 'n',
  type: { kind: 'list', element: INT },
  wire: 'array',
  element: { type: INT, wire: 'int4' },
}
const TEXTS: ParquetColumn = {
  name: 's',
  type: { kind: 'list', element: { kind: 'string' } },
  wire: 'array',
  element: { type: { kind: 'string' }, wire: 'raw' },
}

const ints = (values: readonly (number | null)[]): Buffer =>
  binaryArray(values.map(value => (value === null ? null : integers(value))))

const texts = (values: readonly (string | null)[]): Buffer =>
  binaryArray(values.map(value => (value === null ? null : Buffer.from(value))))

/** The first chunk of a column. */
function chunkOf(file: Buffer, column: number) {
  const { meta_data } = parquetMetadata(new Uint8Array(file).buffer).row_groups[0].columns[column]
  if (meta_data === undefined) throw new Error('the chunk has no metadata')
  return meta_data
}

const SUMS = 'SELECT count(*), sum(len(n)), sum(list_sum(n)), sum(len(s)), count(DISTINCT s) FROM FILE'

test('thousands of rows with more elements than a page keep their dictionary', async () => {
  const [rows, length] = [2000, 1500]
  const limits = {
    ...SMALL_PAGES,
    pageBytes: 4000,
    pageRows: 1000,
    dictionaryEntries: 500,
    dictionaryBytes: 20_000,
  }
  const lists: Row[] = Array.from({ length: rows }, (_, row) => [
    ints(Array.from({ length }, (_, k) => (row + k) % 300)),
    texts(Array.from({ length: 3 }, (_, k) => `word ${(row + k) % 20}`)),
  ])
  const file = await writeFile([INTS, TEXTS], lists, { limits })
  checkPages(await readFooter(file.length, readerOf(file)), file)
  for (const column of [0, 1]) {
    const encodings = (chunkOf(file, column).encoding_stats ?? []).map(({ encoding }) => encoding)
    expect(encodings).toEqual(['PLAIN', 'RLE_DICTIONARY'])
  }
  using duckdb = await DuckdbWitness.open(file)
  const sum = Array.from({ length: rows * length }, (_, k) => (Math.floor(k / length) + (k % length)) % 300)
  expect(await duckdb.query(SUMS)).toEqual([
    [BigInt(rows), BigInt(rows * length), BigInt(sum.reduce((a, b) => a + b)), BigInt(3 * rows), 20n],
  ])
})

test('a row whose elements fill the dictionary becomes plain, and the pages before it keep theirs', async () => {
  const limits = {
    ...SMALL_PAGES,
    pageBytes: 100_000,
    pageRows: 100,
    dictionaryEntries: 60,
    dictionaryBytes: 20_000,
  }
  const few: Row[] = Array.from({ length: 300 }, (_, row) => [ints([row % 5, null, row % 7])])
  const many: Row = [ints(Array.from({ length: 1000 }, (_, k) => k))]
  const file = await writeFile([INTS], [...few, many, [null], [ints([])]], { limits })
  using duckdb = await DuckdbWitness.open(file)
  expect(
    await duckdb.query('SELECT count(*), count(n), sum(len(n)), max(list_max(n)), min(len(n)) FROM FILE'),
  ).toEqual([[303n, 302n, 1900n, 999, 0n]])
  const encodings = (chunkOf(file, 0).encoding_stats ?? []).map(({ encoding }) => encoding)
  expect(encodings).toEqual(expect.arrayContaining(['RLE_DICTIONARY', 'DELTA_BINARY_PACKED']))
})

test('lists of several MB come in pieces, between others', async () => {
  const long = Array.from({ length: 900_000 }, (_, k) => (k % 9 === 0 ? null : (k * 7919) % 1_000_003))
  const words = Array.from({ length: 40 }, (_, k) => 'é'.repeat(100_000 + k))
  const rows: Row[] = [
    [ints([1]), texts(['a'])],
    [ints(long), texts(words)],
    [null, texts([])],
    [ints(long.map(() => null)), texts(['b', null])],
    [ints([]), null],
  ]
  const file = await writeByValue([INTS, TEXTS], rows, { codec: 'SNAPPY' })
  using duckdb = await DuckdbWitness.open(file)
  expect(
    await duckdb.query("SELECT len(n), list_sum(n), len(s), strlen(array_to_string(s, ',')) FROM FILE"),
  ).toEqual([
    [1n, 1n, 1n, 1n],
    [
      900_000n,
      BigInt(long.reduce<number>((sum, value) => sum + (value ?? 0), 0)),
      40n,
      BigInt(words.reduce((sum, word) => sum + 2 * word.length, 39)),
    ],
    [null, null, 0n, 0n],
    [900_000n, null, 2n, 1n],
    [0n, null, null, null],
  ])
})

test('the footer describes lists and required columns', async () => {
  const columns: ParquetColumn[] = [
    INTS,
    { ...TEXTS, isRequired: true },
    { name: 'i', type: INT, wire: 'int4', isRequired: true },
  ]
  const file = await writeFile(columns, [[ints([1, 2]), texts([]), integers(7)]])
  const { columns: described, leaves } = await readFooter(file.length, readerOf(file))
  expect(described).toEqual([
    { name: 'n', type: 'LIST(INT32)' },
    { name: 's', type: 'LIST(STRING) NOT NULL' },
    { name: 'i', type: 'INT32 NOT NULL' },
  ])
  expect(leaves.map(({ name }) => name)).toEqual(['n.list.element', 's.list.element', 'i'])
  using duckdb = await DuckdbWitness.open(file)
  expect(
    await duckdb.query('SELECT path_in_schema, num_values, stats_null_count FROM parquet_metadata(FILE)'),
  ).toEqual([
    ['n, list, element', 2n, 0n],
    ['s, list, element', 1n, 1n],
    ['i', 1n, 0n],
  ])
})

test('the footer of nested columns that another program wrote can be read', async () => {
  using duckdb = await DuckdbWitness.open(Buffer.from('PAR1'))
  await duckdb.query(
    "COPY (SELECT [1, 2] AS l, {'a': 1, 'b': ['x']} AS s, MAP {'k': 1.5::DOUBLE} AS m, [[DATE '2024-01-01']] AS d) TO FILE (FORMAT parquet)",
  )
  const file = duckdb.file()
  expect((await readFooter(file.length, readerOf(file))).columns).toEqual([
    { name: 'l', type: 'LIST(INT32)' },
    { name: 's', type: 'STRUCT(a INT32, b LIST(STRING))' },
    { name: 'm', type: 'MAP(STRING, DOUBLE)' },
    { name: 'd', type: 'LIST(LIST(DATE))' },
  ])
})

const dimensions = (...bounds: readonly [length: number, lower: number][]): Buffer =>
  integers(bounds.length, 0, 23, ...bounds.flat())

test.each([
  [
    'of two dimensions',
    Buffer.concat([dimensions([1, 1], [2, 1]), integers(4, 7, 4, 8)]),
    'the value "[1:1][1:2]={...}" is an array of 2 dimensions, but a list has one',
    'TYPES (n AS JSON)',
  ],
  [
    'with a lower bound of 0',
    Buffer.concat([dimensions([1, 0]), integers(4, 7)]),
    'the value "[0:0]={...}" is an array that begins at the index 0, but a list begins at 1',
    'TYPES (n AS STRING)',
  ],
  ['that is cut', dimensions([3, 1]), 'is not a binary array', 'x::text'],
  [
    'whose element is cut',
    Buffer.concat([dimensions([1, 1]), integers(40, 7)]),
    'is not a binary array',
    'x::text',
  ],
  ['of three bytes', Buffer.from('abc'), 'is not a binary array', 'x::text'],
  [
    'with an element of two bytes',
    Buffer.concat([dimensions([1, 1]), integers(2), Buffer.from('ab')]),
    'has 2 bytes, but its type has 4',
    'x::text',
  ],
])('an array %s fails by column and row', async (_, array, why, hint) => {
  const rows: Row[] = [[ints([1, 2, 3])], [null], [array]]
  await expect(writeFile([INTS], rows)).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringMatching(/^column "n", row 3: /),
    hint: expect.stringContaining(hint),
  })
  await expect(writeFile([INTS], rows)).rejects.toThrow(why)
})

test.each([
  ['a NULL', { type: INT, wire: 'text' }, '1', null, 'the value is NULL, but TYPES declares'],
  [
    'a zero date',
    { type: { kind: 'date' }, wire: 'text' },
    '2024-01-01',
    '0000-00-00',
    'the value "0000-00-00" becomes NULL, but TYPES declares',
  ],
  ['a NULL list', INTS, ints([1]), null, 'the value is NULL, but TYPES declares'],
] as const)('%s in a required column fails by column and row', async (_, column, good, bad, why) => {
  const required: ParquetColumn = { ...column, name: 'c', isRequired: true }
  const rows: Row[] = Array.from({ length: 30_000 }, () => [Buffer.from(good)])
  expect((await readFooter(...(await sized(writeFile([required], rows))))).rows).toBe(30_000)
  rows[25_001] = [bad === null ? null : Buffer.from(bad)]
  await expect(writeFile([required], rows, { batches: [1000, 3] })).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: `column "c", row 25002: ${why} the column NOT NULL`,
    hint: expect.stringContaining('COALESCE'),
  })
})

async function sized(written: Promise<Buffer>): Promise<[number, ReturnType<typeof readerOf>]> {
  const file = await written
  return [file.length, readerOf(file)]
}
