import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { expect, test } from 'vitest'
import type { BatchQueryError } from '../../../../src/errors/index.ts'
import { defaultCodec, type ParquetColumn, readFooter } from '../../../../src/format/parquet/index.ts'
import { snappy } from '../../../../src/format/parquet/snappy.ts'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import { SAMPLE_COLUMNS } from './sample-columns.ts'
import { columnsOf, randomTables, samplesOf, writeTable } from './tables.ts'
import { DuckdbWitness, firstDifference } from './witnesses.ts'
import {
  CODECS,
  checkPages,
  drain,
  feed,
  placesOf,
  type Row,
  readerOf,
  writeFile,
  writerOf,
} from './write-file.ts'

const text = (value: string): Buffer => Buffer.from(value)
const STRING: ParquetColumn = { name: 's', type: { kind: 'string' }, wire: 'raw' }

test('random tables are read as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(randomTables(CODECS), async table => {
      const file = await writeTable(table)
      expect(await firstDifference(file, columnsOf(table), samplesOf(table))).toBe(null)
      checkPages(await readFooter(file.length, readerOf(file)), file, 997)
    }),
    { numRuns: cases(60) },
  )
})

test('snappy is what another decoder decompresses', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(fc.constantFrom('abc', 'abcd', 'xyz0123456789', '\0'), { maxLength: 400 })
      .map(parts => text(parts.join(''))),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.integer({ min: 1, max: 100 }))
      .map(([part, times]) => Buffer.concat(Array.from({ length: times }, () => part))),
  )
  fc.assert(
    fc.property(bytes, raw => {
      const parts: Buffer[] = []
      snappy(Buffer.from(raw), part => parts.push(Buffer.from(part)))
      const output = new Uint8Array(raw.length)
      if (raw.length > 0) snappyUncompress(Buffer.concat(parts), output)
      expect(Buffer.compare(output, Buffer.from(raw))).toBe(0)
    }),
    { numRuns: cases(300) },
  )
})

test.each([
  [
    { name: 'd', type: { kind: 'decimal', precision: 5, scale: 2 }, wire: 'text' },
    '12345.00',
    'does not fit into DECIMAL(5,2)',
  ],
  [
    { name: 'n', type: { kind: 'decimal', precision: 5, scale: 2 }, wire: 'text' },
    'NaN',
    'is not a decimal number',
  ],
  [
    { name: 'i', type: { kind: 'int', bits: 8, signed: true }, wire: 'text' },
    '128',
    'is not a valid signed 8-bit integer',
  ],
  [{ name: 'f', type: { kind: 'double' }, wire: 'text' }, '1e999', 'is not a valid double'],
  [
    { name: 't', type: { kind: 'timestamp', utc: false }, wire: 'text' },
    'infinity',
    'cannot be a timestamp in Parquet',
  ],
  [{ name: 'b', type: { kind: 'bool' }, wire: 'text' }, 'x', 'is not a boolean'],
] satisfies [ParquetColumn, string, string][])(
  'the error of a bad value names column, row and value: %o',
  async (column, bad, why) => {
    const good = { d: '1.00', n: '1.00', i: '1', f: '1', t: '2024-01-01 00:00:00', b: 't' }[column.name] ?? ''
    for (const isUnique of [false, true]) {
      const rows: Row[] = Array.from({ length: 30_000 }, (_, row) => [
        row % 7 === 3 ? null : text(row === 25_001 ? bad : good),
      ])
      if (isUnique && column.name === 'f')
        for (let row = 0; row < 25_001; row++) rows[row] = [text(String(row / 7))]
      const failure = await writeFile([column], rows, { batches: [1000, 3] }).catch(
        (error: BatchQueryError) => error,
      )
      expect(failure).toMatchObject({ code: 'QUERY_FAILED', hint: expect.stringMatching(/./) })
      expect(String(failure)).toContain(
        `column ${JSON.stringify(column.name)}, row 25002: the value ${JSON.stringify(bad)} ${why}`,
      )
    }
  },
)

test('text that is not UTF-8 fails, and long values are cut in the message', async () => {
  for (const bad of ['ff', 'c080', 'eda080', 'f4908080', '61e9', 'e282', `${'61'.repeat(300)}ff`]) {
    const value = Buffer.from(bad, 'hex')
    for (const rows of [[[value]], [[text('good')], [null], [value], [text('good')]]]) {
      const failure: BatchQueryError | Buffer = await writeFile([STRING], rows).catch(error => error)
      expect(String(failure), bad).toMatch(/column "s", row [13]: the value ".*" is not UTF-8/)
      expect(String(failure).length).toBeLessThan(400)
    }
  }
  const writer = writerOf([STRING])
  writer.startRow()
  writer.startValue(2_000_001)
  writer.piece(Buffer.alloc(2_000_000, 'a'), 0, 2_000_000)
  writer.piece(Buffer.of(0xff), 0, 1)
  expect(() => writer.endValue()).toThrow(/column "s", row 1/)
})

test('zero and partial dates become NULL and are counted', async () => {
  const columns: ParquetColumn[] = [
    { name: 'd', type: { kind: 'date' }, wire: 'text' },
    { name: 't', type: { kind: 'timestamp', utc: false }, wire: 'text' },
  ]
  const zeros = ['0000-00-00', '2024-00-10', '2024-01-00', '0000-00-05']
  const rows: Row[] = Array.from({ length: 1000 }, (_, row) => {
    if (row % 10 === 5) return [null, null]
    const day = row % 10 < 4 ? zeros[row % 10] : '2024-10-20'
    return [text(day), text(`${row % 2 === 0 ? day : '2020-10-10'} 10:20:30`)]
  })
  const writer = writerOf(columns)
  const parts: Buffer[] = []
  await feed(writer, rows, parts, { batches: [90, 7] })
  writer.endPart()
  await drain(writer, parts, true)
  expect(writer.zeroDates).toEqual([400, 200])
  using duckdb = await DuckdbWitness.open(Buffer.concat(parts))
  expect(await duckdb.query('SELECT count(*), count(d), count(t) FROM FILE')).toEqual([[1000n, 500n, 700n]])
})

test('an empty result is a file with its schema', async () => {
  const columns = SAMPLE_COLUMNS.map(({ column }) => column)
  const file = await writeFile(columns, [], {
    metadata: [
      ['run', '42'],
      ['empty', ''],
    ],
  })
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT count(*) FROM FILE')).toEqual([[0n]])
  expect(await duckdb.query('SELECT name FROM parquet_schema(FILE) OFFSET 1')).toEqual(
    columns.map(({ name }) => [name]),
  )
  expect(await duckdb.query('SELECT decode(key), decode(value) FROM parquet_kv_metadata(FILE)')).toEqual([
    ['run', '42'],
    ['empty', ''],
  ])
  expect(await duckdb.query('SELECT created_by, num_rows FROM parquet_file_metadata(FILE)')).toEqual([
    ['batchquery version 0.1.0 (build 0123abc)', 0n],
  ])
  const footer = await readFooter(file.length, readerOf(file))
  expect(footer).toMatchObject({ rows: 0, groups: [], createdBy: 'batchquery version 0.1.0 (build 0123abc)' })
  expect(footer.metadata.get('run')).toBe('42')
})

test('a writer makes one file after the other, and ends each one when the caller says so', async () => {
  const writer = writerOf([STRING], { codec: 'GZIP', groupBytes: 100_000 })
  const files: Buffer[] = []
  for (let file = 0; file < 3; file++) {
    const parts: Buffer[] = []
    const rows: Row[] = Array.from({ length: 1000 * file }, (_, row) => [text(`${file} ${row}`)])
    await feed(writer, rows, parts)
    writer.endPart()
    await drain(writer, parts, true)
    files.push(Buffer.concat(parts))
    expect(writer.output.endedPart).toMatchObject({ rows: 1000 * file, bytes: files[file].length })
  }
  for (const [index, file] of files.entries()) {
    using duckdb = await DuckdbWitness.open(file)
    expect(await duckdb.query('SELECT count(*), max(s) FROM FILE')).toEqual([
      [BigInt(1000 * index), index === 0 ? null : `${index} 999`],
    ])
  }
})

test('a writer takes no more rows while ended groups fill its memory, and reports the rows of each group', async () => {
  const writer = writerOf([STRING], { groupBytes: 50_000 })
  const row: Row[] = Array.from({ length: 100 }, (_, k) => [text(`${'v'.repeat(90)}${k}${Math.sqrt(k)}`)])
  const { source, places } = placesOf(row)
  let taken = 0
  for (;;) {
    const count = writer.takeRows(source, places, 0, 100)
    taken += count
    if (count === 0) break
    expect(taken).toBeLessThan(200_000)
  }
  const block = Buffer.alloc(1000)
  let ended = 0
  while (writer.output.isReady) {
    writer.output.drain(block, 0)
    ended += writer.output.endedRows
  }
  expect(ended).toBeGreaterThan(0)
  expect(ended).toBeLessThanOrEqual(taken)
  expect(writer.canTake).toBe(true)
  writer.discard()
})

test('a file with a changed byte does not pass the check', async () => {
  const rows: Row[] = Array.from({ length: 300 }, (_, row) => [text(`value ${row}`)])
  const file = await writeFile([STRING], rows, { codec: 'SNAPPY' })
  const footer = await readFooter(file.length, readerOf(file))
  expect(checkPages(footer, file, 7)).toBe(1)
  const random = new Random()
  const [{ offset, bytes }] = footer.groups[0].chunks
  for (let k = 0; k < cases(200); k++) {
    const changed = Buffer.from(file)
    // The checksum is of what follows the header.
    changed[random.integer(offset + 40, offset + bytes - 1)] ^= 1 << random.integer(0, 7)
    expect(() => checkPages(footer, changed), `case ${k}`).toThrow(
      /^the Parquet file is invalid: the page at byte \d+ of column "s" in row group 0 has the checksum [0-9a-f]{8}, but its header says [0-9a-f]{8}$/,
    )
  }
  for (let length = 0; length < file.length; length += 97) {
    const cut = file.subarray(0, length)
    if (length < offset + bytes)
      expect(() => checkPages(footer, cut)).toThrow(/ends before the end of column "s" in row group 0$/)
    await expect(readFooter(cut.length, readerOf(cut))).rejects.toMatchObject({ code: 'VERIFICATION' })
  }
})

test('a footer with changed bytes is read or refused', async () => {
  const rows: Row[] = Array.from({ length: 300 }, (_, row) => [text(`value ${row}`)])
  const file = await writeFile([STRING], rows, { metadata: [['run', '42']] })
  const random = new Random()
  const dataEnd = file.length - 8 - file.readUInt32LE(file.length - 8)
  for (let k = 0; k < cases(300); k++) {
    const changed = Buffer.from(file)
    for (let change = random.integer(1, 3); change > 0; change--)
      changed[random.integer(dataEnd, file.length - 1)] = random.integer(0, 255)
    const checked = async () => checkPages(await readFooter(changed.length, readerOf(changed)), changed)
    await checked().catch(thrown => expect(thrown, `case ${k}`).toMatchObject({ code: 'VERIFICATION' }))
  }
})

test('a footer of 4,000 columns needs a second read, and has all of them', async () => {
  const columns = Array.from({ length: 4000 }, (_, k): ParquetColumn => ({ ...STRING, name: `column ${k}` }))
  const rows: Row[] = Array.from({ length: 20 }, (_, row) => columns.map((_, k) => text(`${row} ${k}`)))
  const file = await writeFile(columns, rows, { codec: 'SNAPPY', batches: [2] })
  const footer = await readFooter(file.length, readerOf(file))
  expect(footer.columns).toHaveLength(4000)
  expect(footer.columns[3999]).toEqual({ name: 'column 3999', type: 'STRING' })
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT "column 0", "column 3999" FROM FILE LIMIT 2 OFFSET 18')).toEqual([
    ['18 0', '18 3999'],
    ['19 0', '19 3999'],
  ])
})

test('the default codec is ZSTD if Node has it', () => {
  expect(defaultCodec()).toBe(CODECS.includes('ZSTD') ? 'ZSTD' : 'SNAPPY')
  if (!CODECS.includes('ZSTD'))
    expect(() => writerOf([STRING], { codec: 'ZSTD' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_CLAUSE' }),
    )
})
