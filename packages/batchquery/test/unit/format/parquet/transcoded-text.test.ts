import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { transcoderOf } from '../../../../src/database/mysql/transcoders.ts'
import type { ParquetColumn } from '../../../../src/format/parquet/type.ts'
import { Random } from './random.ts'
import { readWithHyparquet } from './witnesses.ts'
import { drain, type Row, writeFile, writerOf } from './write-file.ts'

/** The number of a collation, and iconv's name of its character set. */
const SETS = [
  [8, 'cp1252', 'Zürich € – ÿ'],
  [51, 'cp1251', 'Привет, мир'],
  [28, 'gbk', '汉字 mixed 乂'],
  [95, 'cp932', '表ソ十ｱｲｳ a'],
  [248, 'gb18030', '汉字 ÿ 𝄞 ã'],
  [54, 'utf-16be', 'a é 漢 𝄞'],
  [56, 'utf-16le', 'a é 漢 𝄞'],
  [60, 'utf-32be', 'a é 漢 𝄞'],
] as const

const columnOf = (collation: number, kind: 'string' | 'json' = 'string'): ParquetColumn => ({
  name: 'x',
  type: { kind },
  wire: 'text',
  transcoder: transcoderOf(collation),
})

const LENGTHS = [0, 1, 2, 3, 5, 31, 126, 127, 128, 129, 4000, 5000]

test.each(SETS)('text of collation %i is written in UTF-8', async (collation, set, sample) => {
  const random = new Random(collation)
  const texts = Array.from({ length: 3000 }, (_, row) => {
    const repeated = (row % 3 === 0 ? sample : 'ASCII only').repeat(600)
    return repeated
      .slice(0, random.pick(row % 50 === 0 ? LENGTHS : LENGTHS.slice(0, 10)))
      .replace(/[\ud800-\udbff]$/, '')
  })
  const rows: Row[] = texts.map((text, row) => (row % 7 === 0 ? [null] : [iconv.encode(text, set)]))
  const file = await writeFile([columnOf(collation)], rows, { batches: [1, 700, 3] })
  const read = await readWithHyparquet(file)
  expect(read.map(({ x }) => x ?? null)).toEqual(texts.map((text, row) => (row % 7 === 0 ? null : text)))
})

test.each(['string', 'json'] as const)('a %s of 3 MB in pieces is written in UTF-8', async kind => {
  const text = `"${'Grüße für 5 € – '.repeat(200_000)}"`
  const value = iconv.encode(text, 'cp1252')
  const writer = writerOf([columnOf(8, kind)])
  writer.startRow()
  writer.startValue(value.length)
  for (let at = 0; at < value.length; at += 65_537)
    writer.piece(value, at, Math.min(value.length, at + 65_537))
  writer.endValue()
  writer.endRow()
  writer.endPart()
  const parts: Buffer[] = []
  await drain(writer, parts, true)
  const [{ x }] = await readWithHyparquet(Buffer.concat(parts))
  expect(x === text).toBe(true)
})

test.each([
  [26, '61620081', 'cp1250 (from byte 4 on: 0x81)', '0x61620081'],
  [28, '61a140', 'gbk (from byte 2 on: 0xA140)', '0x61A140'],
  [28, '6181', 'gbk (from byte 2 on: 0x81)', '0x6181'],
  [54, '0061d8000061', 'utf16 (from byte 3 on: 0xD8000061)', '0x0061D8000061'],
  [60, '00110000', 'utf32 (from byte 1 on: 0x00110000)', '0x00110000'],
  [999, '61ff', 'text in the character set of collation 999', '0x61FF'],
])('text of collation %i without a counterpart fails: %s', async (collation, hex, why, shown) => {
  const written = writeFile([columnOf(collation)], [[null], [Buffer.from(hex, 'hex')]])
  await expect(written).rejects.toThrow(`column "x", row 2: the value "${shown}" has a character`)
  await expect(written).rejects.toThrow(why)
})
