import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { packDeltas } from '../../../../src/format/parquet/deltas.ts'
import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { PageBuffer } from '../../../../src/format/parquet/page-buffer.ts'
import { cases } from '../../../setup/chance.ts'
import { ODD_TABLES, writeOdd } from './odd-tables.ts'
import { Random } from './random.ts'
import type { Sample } from './sample-columns.ts'
import { ALL_COLUMNS, columnsOf, type Table, writeTable } from './tables.ts'
import { firstDifference } from './witnesses.ts'
import { CODECS, writeFile } from './write-file.ts'

type Width = 4 | 8
/** Bytes before the values, as levels. */
const BEFORE = 13

/** A page with these PLAIN values, which have the bytes of a page that was there before around them. */
function pageOf(values: readonly bigint[], width: Width): PageBuffer {
  const page = new PageBuffer(BEFORE + values.length * width + 8)
  page.bytes.fill(0xaa)
  page.at = BEFORE
  for (const value of values) {
    if (width === 4) page.bytes.writeInt32LE(Number(value), page.at)
    else page.bytes.writeBigInt64LE(value, page.at)
    page.at += width
  }
  return page
}

/** Decodes DELTA_BINARY_PACKED as its specification describes it, and checks that nothing follows. */
function decode(bytes: Buffer, width: Width): bigint[] {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const zigzag = (): bigint => {
    const value = varint()
    return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n
  }
  const [block, miniblocks, count] = [Number(varint()), Number(varint()), Number(varint())]
  const perMiniblock = block / miniblocks
  const values = [zigzag()]
  while (values.length < count) {
    const least = zigzag()
    const widths = [...bytes.subarray(at, at + miniblocks)]
    at += miniblocks
    for (const bits of widths) {
      if (values.length === count) {
        expect(bits).toBe(0)
        continue
      }
      const packed = bytes.subarray(at, at + (perMiniblock / 8) * bits)
      at += packed.length
      const all = packed.length === 0 ? 0n : BigInt(`0x${Buffer.from(packed).reverse().toString('hex')}`)
      for (let k = 0; k < perMiniblock && values.length < count; k++) {
        const delta = (all >> BigInt(k * bits)) & ((1n << BigInt(bits)) - 1n)
        values.push(BigInt.asIntN(8 * width, values[values.length - 1] + least + delta))
      }
    }
  }
  expect(at).toBe(bytes.length)
  return values
}

/** Packs the values and decodes them again. Returns whether they became deltas. */
function check(values: readonly bigint[], width: Width): boolean {
  for (const codec of CODECS) {
    const page = pageOf(values, width)
    const before = Buffer.from(page.bytes.subarray(0, page.at))
    const plainBytes = values.length * width
    const isPacked = packDeltas(page, BEFORE, width, codec)
    if (isPacked) {
      expect(page.at - BEFORE).toBeLessThanOrEqual(plainBytes * 0.75)
      expect(page.bytes.subarray(0, BEFORE).equals(before.subarray(0, BEFORE))).toBe(true)
      expect(decode(page.bytes.subarray(BEFORE, page.at), width)).toEqual(values)
    } else expect(page.bytes.subarray(0, page.at).equals(before)).toBe(true)
    if (codec === 'NONE' && !isPacked) return false
  }
  return true
}

test.each([4, 8] as const)('integers of %s bytes are packed so that a decoder reads them', width => {
  const bits = 8 * width
  const value = fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
  const steps = fc.tuple(
    value,
    fc.array(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }), { minLength: 20, maxLength: 500 }),
    fc.integer({ min: 0, max: bits - 4 }),
  )
  let packed = 0
  fc.assert(
    fc.property(steps, ([first, deltas, small]) => {
      const values = [first]
      for (const delta of deltas)
        values.push(BigInt.asIntN(bits, values[values.length - 1] + BigInt.asIntN(small, delta)))
      if (check(values, width)) packed++
    }),
    { numRuns: cases(300) },
  )
  expect(packed).toBeGreaterThan(50)
})

test.each([4, 8] as const)('a miniblock of integers of %s bytes may need any number of bits', width => {
  const least = -(2n ** BigInt(8 * width - 1))
  for (let bits = 0; bits <= 8 * width; bits++) {
    const random = new Random(bits)
    const values = [0n]
    for (let row = 0; row < 1000; row++) {
      const digits =
        BigInt(random.integer(0, 2 ** 32 - 1)) * 2n ** 32n + BigInt(random.integer(0, 2 ** 32 - 1))
      const delta = least + (row % 128 < 32 ? BigInt.asUintN(bits, digits) : 0n)
      values.push(BigInt.asIntN(8 * width, values[row] + delta))
    }
    expect(check(values, width), `${bits} bits`).toBe(true)
  }
})

test('integers that differ too much stay PLAIN', () => {
  const random = new Random()
  for (const width of [4, 8] as const) {
    const values = Array.from({ length: 20_000 }, () =>
      BigInt.asIntN(8 * width, BigInt(random.integer(0, 2 ** 32 - 1)) * 0x1_0000_0001n),
    )
    expect(check(values, width)).toBe(false)
  }
})

/** The encodings of each column's data pages. */
const encodingsOf = (file: Buffer): readonly (readonly string[])[] => {
  const groups = parquetMetadata(new Uint8Array(file).buffer).row_groups
  return groups[0].columns.map((_, c) =>
    groups.flatMap(({ columns }) => {
      const { encodings = [], encoding_stats = [] } = columns[c].meta_data ?? {}
      const found = encoding_stats.filter(({ page_type }) => page_type === 'DATA_PAGE')
      for (const { encoding } of found) expect(encodings).toContain(encoding)
      return found.map(({ encoding }) => encoding)
    }),
  )
}

test.each(['integers that become deltas', 'integers that become deltas, and NULLs'])(
  'the columns of %s have pages of deltas',
  async name => {
    const encodings = encodingsOf(await writeOdd(ODD_TABLES[name]()))
    expect(encodings).toEqual(encodings.map(() => ['DELTA_BINARY_PACKED']))
  },
)

test('many columns of the random tables have pages of deltas', async () => {
  const table: Table = {
    ...{ seed: 1, columns: ALL_COLUMNS, rows: 2000, pattern: 'random', codec: 'SNAPPY' },
    ...{ groupBytes: 1e9, batches: [500], blockBytes: 10_000 },
  }
  const encodings = encodingsOf(await writeTable(table))
  const names = columnsOf(table).flatMap(({ name }, c) =>
    encodings[c].includes('DELTA_BINARY_PACKED') ? [name] : [],
  )
  expect(names).toEqual(expect.arrayContaining(['int16', 'binary16', 'date', 'near']))
})

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'int', type: { kind: 'int', bits: 32, signed: true }, wire: 'text' },
  { name: 'bigint', type: { kind: 'int', bits: 64, signed: true }, wire: 'text' },
]
const samplesOf = (count: number): readonly (readonly Sample[])[] =>
  Array.from({ length: count }, (_, row) =>
    [row * 3 - 2 ** 31, row * 1e10].map(value => ({
      wire: Buffer.from(String(value)),
      value: String(value),
    })),
  )

test.each([1, 2, 32, 33, 34, 128, 129, 130, 256, 257, 258, 1100])(
  'the witnesses read %s integers, in one page and in many',
  async count => {
    const samples = samplesOf(count)
    const rows = samples.map(row => row.map(({ wire }) => wire))
    const limits = { pageBytes: 100_000, dictionaryEntries: 1, dictionaryBytes: 100 }
    for (const pageRows of [20_000, 129, 128, 33]) {
      const file = await writeFile(COLUMNS, rows, { codec: 'SNAPPY', limits: { ...limits, pageRows } })
      expect(await firstDifference(file, COLUMNS, samples), `pages of ${pageRows}`).toBe(null)
      if (count > 32 && count <= pageRows)
        expect(encodingsOf(file)).toEqual([['DELTA_BINARY_PACKED'], ['DELTA_BINARY_PACKED']])
    }
  },
)
