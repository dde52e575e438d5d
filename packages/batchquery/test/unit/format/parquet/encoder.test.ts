import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, BlockPool, type Encoder } from '../../../../src/format/index.ts'
import { type ParquetColumn, readFooter } from '../../../../src/format/parquet/index.ts'
import { ParquetEncoder } from '../../../../src/format/parquet/parquet-encoder.ts'
import { LONGEST_VALUE } from '../../../../src/format/parquet/parquet-writer.ts'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import { Export, type Part } from './slow-export.ts'
import { DuckdbWitness } from './witnesses.ts'
import { CODECS, checkPages, placesOf, type Row } from './write-file.ts'

const STRING: ParquetColumn = { name: 's', type: { kind: 'string' }, wire: 'raw' }
const INTEGER: ParquetColumn = { name: 'i', type: { kind: 'int', bits: 32, signed: true }, wire: 'text' }
const text = (value: string): Buffer => Buffer.from(value)

const readerOf = (file: Buffer) => (offset: number, length: number) =>
  Promise.resolve(file.subarray(offset, offset + length))

/** Checks each part by itself, and returns the values of all of them. */
async function valuesOf(parts: readonly Part[], maxPartBytes = Number.POSITIVE_INFINITY) {
  const values: unknown[][] = []
  for (const { file, rows } of parts) {
    const footer = await readFooter(file.length, readerOf(file))
    expect(footer.rows).toBe(rows)
    if (footer.groups.length > 1) expect(file.length).toBeLessThanOrEqual(maxPartBytes)
    checkPages(footer, file)
    using duckdb = await DuckdbWitness.open(file)
    values.push(...(await duckdb.query('SELECT * FROM FILE')))
  }
  return values
}

const plain = (row: Row): (string | null)[] => row.map(value => value?.toString() ?? null)

test('random rows come whole and in pieces, to a store that is slow, and are all in the parts', async () => {
  const table = fc.record({
    seed: fc.integer(),
    columns: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 0, max: 600 }),
    codec: fc.constantFrom(...CODECS),
    groupBytes: fc.integer({ min: 2_000, max: 60_000 }),
    maxPartBytes: fc.integer({ min: 3_000, max: 200_000 }),
    blockBytes: fc.integer({ min: 1, max: 9_000 }),
    slowness: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(table, async ({ seed, columns: count, rows: rowCount, slowness, ...options }) => {
      const random = new Random(seed)
      const columns = Array.from({ length: count }, (_, k) => ({ ...STRING, name: `c${k}` }))
      const value = (): Buffer | null => {
        if (random.chance(0.1)) return null
        return text(random.chance(0.5) ? `${random.integer(0, 9)}` : random.digits(random.integer(1, 300)))
      }
      const rows: Row[] = Array.from({ length: rowCount }, () => columns.map(value))
      const target = new Export(columns, {
        ...options,
        blockBytes: Math.max(options.blockBytes, 200),
        slowness: () => random.integer(0, slowness),
      })
      for (let first = 0; first < rowCount; ) {
        const batch = rows.slice(first, first + random.integer(1, 80))
        first += batch.length
        if (random.chance(0.7)) await target.rows(batch)
        else
          for (const row of batch) await target.rowInPieces(row, random.integer(1, 100), random.chance(0.5))
      }
      const parts = await target.finish()
      expect(await valuesOf(parts, options.maxPartBytes)).toEqual(rows.map(plain))
    }),
    { numRuns: cases(40) },
  )
})

test('an empty result is one part without rows', async () => {
  const parts = await new Export([STRING]).finish()
  expect(parts).toHaveLength(1)
  expect(await valuesOf(parts)).toEqual([])
})

test.each(CODECS)('values around the longest one that comes whole are written exactly: %s', async codec => {
  const lengths = [0, 1, LONGEST_VALUE - 1, LONGEST_VALUE, LONGEST_VALUE + 1, 3 * LONGEST_VALUE, 5 << 20]
  const columns: ParquetColumn[] = [STRING, { ...INTEGER }, { ...STRING, name: 't' }]
  for (const isLengthKnown of [true, false]) {
    const target = new Export(columns, { codec, blockBytes: 100_000, slowness: () => 1 })
    for (const [row, length] of lengths.entries())
      await target.rowInPieces(
        [Buffer.alloc(length, 'abcdefg'), text(`${row}`), Buffer.alloc(lengths.at(-1 - row) ?? 0, 'xyz')],
        70_000,
        isLengthKnown,
      )
    const [{ file }] = await target.finish()
    using duckdb = await DuckdbWitness.open(file)
    expect(
      await duckdb.query(
        "SELECT length(s), i, length(t), s = left(repeat('abcdefg', 800000), length(s)), t = left(repeat('xyz', 1800000), length(t)) FROM FILE",
      ),
    ).toEqual(
      lengths.map((length, row) => [BigInt(length), row, BigInt(lengths.at(-1 - row) ?? 0), true, true]),
    )
  }
})

test('a part holds at most MAXFILESIZE bytes, unless it is one group', async () => {
  const random = new Random()
  const rows: Row[] = Array.from({ length: 5_000 }, (_, row) => [text(`${row} ${random.digits(60)}`)])
  const maxPartBytes = 60_000
  const target = new Export([STRING], { groupBytes: 15_000, maxPartBytes, blockBytes: 4_096 })
  for (let first = 0; first < rows.length; first += 50) await target.rows(rows.slice(first, first + 50))
  const parts = await target.finish()
  expect(parts.length).toBeGreaterThan(5)
  for (const { file } of parts) expect(file.length).toBeLessThanOrEqual(maxPartBytes)
  // All but the last one are as full as their groups allow.
  for (const { file } of parts.slice(0, -1)) expect(file.length).toBeGreaterThan(30_000)
  expect(await valuesOf(parts)).toEqual(rows.map(plain))

  const whole = new Export([STRING], { groupBytes: 15_000, maxPartBytes: 1_000, blockBytes: 4_096 })
  for (let first = 0; first < rows.length; first += 50) await whole.rows(rows.slice(first, first + 50))
  for (const { file } of await whole.finish())
    expect((await readFooter(file.length, readerOf(file))).groups).toHaveLength(1)
})

test.each(CODECS)('a discard at any moment ends all waits and returns all buffers: %s', async codec => {
  const random = new Random()
  const rows: Row[] = Array.from({ length: 3_000 }, () => [text(random.digits(200)), text('7')])
  for (let k = 0; k < cases(12); k++) {
    const target = new Export([STRING, INTEGER], {
      codec,
      groupBytes: 100_000,
      blockBytes: 5_000,
      slowness: () => random.integer(0, 2),
    })
    const { encoder } = target
    const { source, places } = placesOf(rows)
    let isOver = false
    const feeding = (async () => {
      for (let from = 0; from < rows.length && !isOver; ) {
        from += encoder.rows(source, places.subarray(4 * from), Math.min(500, rows.length - from))
        if (from < rows.length) await encoder.whenReady()
      }
      if (!isOver) await encoder.finish()
    })()
    for (let turns = random.integer(0, 60); turns > 0; turns--) await turn()
    isOver = true
    encoder.discard()
    encoder.discard()
    await feeding
    for (let turns = 0; target.lent > 0 && turns < 1_000; turns++) await turn()
    expect(target.lent).toBe(0)
  }
})

test('a discard in the middle of a value in pieces returns all buffers', async () => {
  for (const codec of CODECS) {
    const target = new Export([STRING], { codec })
    const { encoder } = target
    expect(encoder.startRow(1, Number.POSITIVE_INFINITY)).toBe(true)
    expect(encoder.piece(Buffer.alloc(9_000, 'x'), 0, 9_000, 5 << 20)).toBe(true)
    encoder.discard()
    await encoder.whenReady()
    await encoder.finish()
    expect(target.lent).toBe(0)
  }
})

test('an encoder without a free buffer refuses rows, and whenReady waits until one is free', async () => {
  const rows: Row[] = Array.from({ length: 2_000 }, (_, row) => [text(`${row}`.padStart(100, 'v'))])
  const { source, places } = placesOf(rows)
  const pool = new BlockPool(5_000, 2)
  const blocks: Block[] = []
  const options = { codec: 'NONE', groupBytes: 40_000, createdBy: 'test version 1' } as const
  const output = { pool, maxPartBytes: 1 << 30, emit: (block: Block) => blocks.push(block) }
  const encoder: Encoder = new ParquetEncoder([STRING], output, options)
  const takeFrom = (row: number): number => encoder.rows(source, places.subarray(2 * row), 50)
  let taken = 0
  for (let count = takeFrom(0); count > 0 && taken < rows.length; count = takeFrom(taken)) taken += count
  expect(taken).toBeLessThan(1_000)
  expect(encoder.startRow(1, 1)).toBe(false)
  let isReady = false
  const waiting = encoder.whenReady().then(() => {
    isReady = true
  })
  for (let turns = 0; turns < 50; turns++) await turn()
  expect(isReady).toBe(false)
  while (!isReady) {
    blocks.shift()?.release()
    await turn()
  }
  await waiting
  expect(takeFrom(taken)).toBe(50)
  encoder.discard()
})
