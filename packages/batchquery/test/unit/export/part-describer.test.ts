import { expect, test } from 'vitest'
import { PartDescriber } from '../../../src/export/part-describer.ts'
import type { ColumnStatistics, PartReader } from '../../../src/format/index.ts'
import { PARQUET } from '../../../src/format/parquet/parquet.ts'
import { writeFile } from '../format/parquet/write-file.ts'

const INTEGER = { name: 'i', type: { kind: 'int', bits: 32, signed: true }, wire: 'text' } as const

/** A part comes in blocks of so many bytes, whose memory is used again. */
async function statisticsOf(describer: PartDescriber, file: Buffer, blockBytes: number) {
  const part = describer.begin()
  const block = Buffer.alloc(blockBytes)
  for (let at = 0; at < file.length; at += blockBytes)
    part.add(block.subarray(0, file.copy(block, 0, at, at + blockBytes)))
  return part.statistics()
}

test('the statistics are read from the last bytes of a part, however it is cut into blocks', async () => {
  const file = await writeFile(
    [INTEGER],
    Array.from({ length: 5000 }, (_, at) => [Buffer.from(`${at}`)]),
  )
  for (const blockBytes of [7, 1000, file.length]) {
    const describer = new PartDescriber(PARQUET.reader)
    expect(await statisticsOf(describer, file, blockBytes)).toEqual([{ nulls: 0, min: '0', max: '4999' }])
    expect(describer.columns).toEqual([{ name: 'i', type: 'INT32' }])
  }
})

/** A part whose description begins at its first byte, and has one column with a long value. */
const reader = (statistics: ColumnStatistics): PartReader => ({
  async describe(bytes, read) {
    if ((await read(0, 1)).length < 1) await PARQUET.reader.describe(bytes, read)
    return { columns: [{ name: 'c', type: 'STRING' }], statistics: [statistics], runId: null }
  },
  check: () => Promise.reject(new Error('not used')),
})

test('a part has no statistics when its description is longer than the kept end', async () => {
  const describer = new PartDescriber(reader({ nulls: 0, min: 'a', max: 'b' }))
  const block = Buffer.alloc(1024 * 1024, 'PAR1')
  const part = describer.begin()
  for (let k = 0; k < 4; k++) part.add(block)
  expect(await part.statistics()).not.toBeNull()
  part.add(block)
  part.add(block)
  expect(await part.statistics()).toBeNull()
})

test('the statistics of all parts together have a limit', async () => {
  const describer = new PartDescriber(reader({ nulls: 0, min: 'a'.repeat(1_000_000), max: 'b' }))
  const found = []
  for (let k = 0; k < 8; k++) {
    const part = describer.begin()
    part.add(Buffer.from('x'))
    found.push((await part.statistics()) !== null)
  }
  expect(found).toEqual([true, true, true, true, false, false, false, false])
})
