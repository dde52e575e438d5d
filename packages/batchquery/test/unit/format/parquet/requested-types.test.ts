import { expect, test } from 'vitest'
import { type ParquetColumn, readFooter } from '../../../../src/format/parquet/index.ts'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import type { Sample } from './sample-columns.ts'
import { DuckdbWitness, firstDifference, quoted } from './witnesses.ts'
import { readerOf, writeFile } from './write-file.ts'

const STRING = { kind: 'string' } as const

interface Requested {
  readonly column: ParquetColumn
  /** As DuckDB names it, and the words of the footer. */
  readonly types: readonly [string, string]
  readonly edges: readonly string[]
  random(random: Random): string
}

const timeOf = (micros: number): string => {
  const text = new Date(Math.floor(micros / 1000)).toISOString().slice(11, 23)
  const rest = String(micros % 1000).padStart(3, '0')
  return `${text}${rest}`.replace(/\.?0+$/, found => (found.includes('.') ? '' : found.replaceAll('0', '')))
}

const COLUMNS: readonly Requested[] = [
  {
    column: { name: 'time', type: { kind: 'time' }, source: STRING, wire: 'text' },
    types: ['TIME', 'TIME(MICROS, local)'],
    edges: ['00:00:00', '23:59:59.999999', '00:00:00.000001'],
    random: random => timeOf(random.integer(0, 86_399_999_999)),
  },
  {
    column: { name: 'uuid', type: { kind: 'uuid' }, source: STRING, wire: 'text' },
    types: ['UUID', 'UUID'],
    edges: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '7fffffff-ffff-ffff-ffff-ffffffffffff',
      '80000000-0000-0000-0000-000000000000',
    ],
    random: random =>
      Array.from({ length: 8 }, () => random.integer(0, 65_535).toString(16).padStart(4, '0'))
        .join('')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  },
  {
    column: {
      name: 'uint64',
      type: { kind: 'int', bits: 64, signed: false },
      source: { kind: 'decimal', precision: 20, scale: 0 },
      wire: 'text',
    },
    types: ['UBIGINT', 'UINT64'],
    edges: ['0', '18446744073709551615', '9223372036854775807', '9223372036854775808'],
    random: random =>
      String((BigInt(random.integer(0, 2 ** 32 - 1)) << 32n) + BigInt(random.integer(0, 2 ** 32 - 1))),
  },
]
const PARQUET_COLUMNS = COLUMNS.map(({ column }) => column)

/** The edges are in the first rows only, so that the groups have different bounds. */
function samplesOf(rows: number, distinct: number): readonly (readonly (Sample | null)[])[] {
  const random = new Random()
  const pools = COLUMNS.map(column => Array.from({ length: distinct }, () => column.random(random)))
  return Array.from({ length: rows }, (_, row) =>
    COLUMNS.map(({ edges }, index) => {
      if (row >= edges.length && random.chance(0.1)) return null
      const value = edges[row] ?? random.pick(pools[index])
      return { wire: Buffer.from(value), value }
    }),
  )
}

test.each([
  ['few', 50],
  ['many', 100_000],
])(
  'DuckDB reads times, UUIDs and unsigned integers, and their statistics (%s values)',
  async (_, distinct) => {
    const samples = samplesOf(cases(3000), distinct)
    const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
    const file = await writeFile(PARQUET_COLUMNS, rows, { codec: 'SNAPPY', groupBytes: 30_000 })
    const footer = await readFooter(file.length, readerOf(file))
    expect(footer.columns.map(({ type }) => type)).toEqual(COLUMNS.map(({ types }) => types[1]))
    using duckdb = await DuckdbWitness.open(file)
    for (const [index, { column, types }] of COLUMNS.entries()) {
      const name = quoted(column.name)
      const found = await duckdb.query(`SELECT ${name}::VARCHAR, typeof(${name}) FROM FILE`)
      expect(found.map(([value]) => value)).toEqual(samples.map(row => row[index]?.value ?? null))
      expect(found[0][1]).toBe(types[0])
      const points = [
        ...COLUMNS[index].edges,
        ...samples.slice(10, 20).flatMap(row => row[index]?.value ?? []),
      ]
      await duckdb.query(`CREATE OR REPLACE TABLE copy AS SELECT ${name} FROM FILE`)
      for (const point of points) {
        for (const operator of ['=', '<', '<=', '>', '>=', '<>']) {
          const where = `WHERE ${name} ${operator} '${point}'::${types[0]}`
          const [[filtered]] = await duckdb.query(`SELECT count(*) FROM FILE ${where}`)
          const [[wanted]] = await duckdb.query(`SELECT count(*) FROM copy ${where}`)
          expect(filtered, where).toEqual(wanted)
        }
      }
    }
  },
)

test('hyparquet reads times, UUIDs and unsigned integers', async () => {
  const uint64 = [PARQUET_COLUMNS[2]]
  const samples = samplesOf(500, 100).map(row => [row[2]])
  const file = await writeFile(
    uint64,
    samples.map(row => row.map(sample => sample?.wire ?? null)),
  )
  expect(await firstDifference(file, uint64, samples)).toBe(null)
})
