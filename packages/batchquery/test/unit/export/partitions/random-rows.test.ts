import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FormatName } from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'
import { Random } from '../../format/parquet/random.ts'
import { readWithHyparquet } from '../../format/parquet/witnesses.ts'
import { column, Drive, encoded, type Row } from './drive.ts'

const COLUMNS = ['id', 'day', 'text', 'country', 'more'].map(name => column(name))
const HOSTILE = [
  '',
  ' ',
  '/',
  '%',
  '=',
  '007',
  '日本',
  'a/b=c%d',
  '__HIVE',
  '2026-01-31',
  '-1',
  'true',
  'é',
  '..',
]
const hive = (name: string, value: string | null): string =>
  `${name}=${value === null ? '__HIVE_DEFAULT_PARTITION__' : value.replace(/[/%=]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`

interface Table {
  readonly rows: Row[]
  readonly byPath: Map<string, Row[]>
}

/** Rows in random order, or in the order of their partitions but for a few. */
function tableOf(
  random: Random,
  count: number,
  partitions: number,
  disorder: number,
  valueBytes: number,
): Table {
  const keys = Array.from({ length: partitions }, (_, at): [string | null, string | null] => [
    at === 3 ? null : (HOSTILE[at] ?? `d${at}`),
    random.chance(0.1) ? null : random.pick(['de', 'fr', '']),
  ])
  const rows: Row[] = []
  for (let row = 0; row < count; row++) {
    const place = random.chance(disorder)
      ? random.integer(0, partitions - 1)
      : Math.floor((row * partitions) / count)
    const [day, country] = keys[place]
    const long = random.chance(0.01) ? 10 * valueBytes : valueBytes
    const text = random.chance(0.1) ? null : 'v'.repeat(random.integer(0, long))
    rows.push([`${row}`, day, text, country, random.chance(0.2) ? null : `m${row}`])
  }
  const byPath = new Map<string, Row[]>()
  for (const row of rows) {
    const path = `${hive('country', row[3])}/${hive('day', row[1])}`
    const known = byPath.get(path)
    if (known === undefined) byPath.set(path, [row])
    else known.push(row)
  }
  return { rows, byPath }
}

const scenarios = fc.record({
  seed: fc.integer(),
  format: fc.constantFrom<FormatName>('TEXT', 'CSV', 'JSON', 'PARQUET'),
  count: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 3000, max: 9000 })),
  partitions: fc.integer({ min: 1, max: 40 }),
  disorder: fc.constantFrom(0, 0.0005, 1),
  pieces: fc.constantFrom(0, 0.05, 1),
  valueBytes: fc.constantFrom(10, 2000),
  blockBytes: fc.constantFrom(1500, 70_000),
  maxPartBytes: fc.constantFrom(20_000, 1 << 30),
  include: fc.boolean(),
})

test('every row is in the part of its partition, in its order, when rows come in any order, whole or in pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      scenarios,
      async ({ seed, count, partitions, disorder, valueBytes, pieces, ...options }) => {
        const random = new Random(seed)
        const { rows, byPath } = tableOf(random, count, partitions, disorder, valueBytes)
        // CSV quotes a value that is longer than a piece.
        const blockBytes = options.format === 'CSV' ? (valueBytes > 10 ? 300_000 : 6000) : options.blockBytes
        const drive = new Drive({ ...options, blockBytes, columns: COLUMNS, by: ['country', 'day'] }, random)
        await drive.rows(rows, pieces)
        await drive.finish()
        expect(drive.lent).toBe(0)
        expect(drive.rowsEnded).toBe(rows.length)
        expect([...drive.parts.keys()].sort()).toEqual([...byPath.keys()].sort())
        const places = options.include ? [0, 1, 2, 3, 4] : [0, 2, 4]
        for (const [path, expected] of byPath) {
          const kept = expected.map(row => places.map(place => row[place]))
          const parts = drive.parts.get(path) ?? []
          if (options.format === 'PARQUET') {
            const found = await Promise.all(
              parts.map(async part => (await readWithHyparquet(part)).map(row => Object.values(row))),
            )
            expect(found.flat()).toEqual(kept)
          } else {
            const bytes = await encoded(
              options.format,
              places.map(place => COLUMNS[place]),
              kept,
            )
            expect(Buffer.concat(parts).equals(bytes)).toBe(true)
          }
        }
      },
    ),
    { numRuns: cases(40) },
  )
}, 300_000)
