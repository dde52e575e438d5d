import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { Random } from './random.ts'
import { SAMPLE_COLUMNS, type Sample, sampleRows } from './sample-columns.ts'
import { writeByValue, writeFile } from './write-file.ts'

/** A table at the limits of the format or of its readers. */
export interface OddTable {
  readonly columns: readonly ParquetColumn[]
  readonly samples: readonly (readonly (Sample | null)[])[]
  readonly isByValue?: boolean
}

const text = (wire: string, value: Sample['value'] = wire): Sample => ({ wire: Buffer.from(wire), value })
const bytes = (wire: Buffer): Sample => ({ wire, value: wire.toString('hex').toUpperCase() })

const STRING: ParquetColumn = { name: 's', type: { kind: 'string' }, wire: 'raw' }
const BYTES: ParquetColumn = { name: 'b', type: { kind: 'bytes' }, wire: 'raw' }
const SAMPLED = SAMPLE_COLUMNS.map(({ column }) => column)

const ofStrings = (values: readonly string[]) => values.map(value => [text(value)])

/** Names that are hard for readers. DuckDB has no way to write the empty one. */
const ODD_NAMES = [
  'two words',
  'a.b.c',
  "it's",
  'say "x"',
  '\u{1f3bc}',
  'é',
  'a,b;c',
  'back\\slash',
  'line\nend',
  '0',
  'NULL',
  'schema',
  'n'.repeat(300),
]

/** Precisions 1 to 38, each with a scale of 0, of its half, and of its own. */
const DECIMALS = Array.from({ length: 38 }, (_, k) => k + 1).flatMap(precision =>
  [...new Set([0, precision >> 1, precision])].map(scale => ({ precision, scale })),
)

function decimalText(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, '0')
  const whole = padded.slice(0, padded.length - scale)
  return scale === 0 ? whole : `${whole}.${padded.slice(-scale)}`
}

const decimals = (): OddTable => ({
  columns: DECIMALS.map(({ precision, scale }) => ({
    name: `p${precision}s${scale}`,
    type: { kind: 'decimal', precision, scale },
    wire: 'text',
  })),
  samples: ['9', '-9', '1', '-1', '0', '5', '-5'].map(shape =>
    DECIMALS.map(({ precision, scale }) => {
      const digit = shape.replace('-', '')
      const digits = digit === '9' || digit === '5' ? digit.repeat(precision) : digit
      return text(shape.replace(digit, '') + decimalText(digits, scale))
    }),
  ),
})

const MOST_32 = 2n ** 31n - 1n
const MOST_64 = 2n ** 63n - 1n
const INT_32: ParquetColumn['type'] = { kind: 'int', bits: 32, signed: true }
const INT_64: ParquetColumn['type'] = { kind: 'int', bits: 64, signed: true }
const TEN_DIGITS: ParquetColumn['type'] = { kind: 'decimal', precision: 10, scale: 0 }

/** Two numbers in turn, each of which gets closer to the middle. The differences wrap around, so they are small. */
const betweenLimits = (row: number, least: bigint, most: bigint): bigint =>
  row % 2 === 0 ? least + BigInt(row) : most - BigInt(row)

/** Differences of which one miniblock of each block needs nearly all bits, and the others none: up to 31 steps beyond the least one. */
function withWideMiniblock(row: number, bits: number, step: bigint): bigint {
  const steps = BigInt(Math.min(row % 128, 31))
  const wide = step * (BigInt(row >> 7) * 496n + (steps * (steps + 1n)) / 2n)
  return BigInt.asIntN(bits, BigInt(row) * (1n - 2n ** BigInt(bits - 1)) + wide)
}

/** Columns of different integers. Each becomes pages of deltas. */
const INTEGERS: readonly (readonly [name: string, ParquetColumn['type'], (row: number) => bigint])[] = [
  ['ascending', INT_32, row => BigInt(row)],
  ['descending', INT_64, row => -BigInt(row) * 1_000_003n],
  ['up to the limit', INT_32, row => MOST_32 - 999n + BigInt(row % 1000)],
  ['from limit to limit', INT_32, row => betweenLimits(row, -MOST_32 - 1n, MOST_32)],
  ['from limit to limit of 64', INT_64, row => betweenLimits(row, -MOST_64 - 1n, MOST_64)],
  ['unsigned', { kind: 'int', bits: 32, signed: false }, row => betweenLimits(row, 0n, 2n ** 32n - 1n)],
  ['unsigned of 64', { kind: 'int', bits: 64, signed: false }, row => betweenLimits(row, 0n, 2n ** 64n - 1n)],
  ['wide', INT_64, row => withWideMiniblock(row, 64, 0x7e3779b97f4a7c1n)],
  ['wide of 32', INT_32, row => withWideMiniblock(row, 32, 0x7e3779bn)],
  ['33 bits', INT_64, row => BigInt((row * 7_919_777_777) % 2 ** 32)],
  ['decimal', TEN_DIGITS, row => BigInt((row * 7919) % 100_003) - 50_000n],
]

/** @param hasNulls whether every third row is NULL. The other rows have the integers one after the other */
const integers = (hasNulls: boolean): OddTable => ({
  columns: INTEGERS.map(([name, type]) => ({ name, type, wire: 'text' })),
  samples: Array.from({ length: 1000 }, (_, row) => {
    const index = hasNulls ? row - Math.floor((row + 1) / 3) : row
    return INTEGERS.map(([, , integerOf]) =>
      hasNulls && row % 3 === 1 ? null : text(String(integerOf(index))),
    )
  }),
})

const floats = (): OddTable => {
  const values: readonly [string, number][] = [
    ['NaN', Number.NaN],
    ['-0', -0],
    ['0', 0],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['1', 1],
  ]
  return {
    columns: [
      { name: 'double', type: { kind: 'double' }, wire: 'text' },
      { name: 'float', type: { kind: 'float' }, wire: 'text' },
      { name: 'only NaN', type: { kind: 'double' }, wire: 'text' },
      { name: 'zeros', type: { kind: 'double' }, wire: 'text' },
    ],
    samples: values.map(([wire, value], row) => [
      text(wire, value),
      text(wire, value),
      row === 2 ? null : text('NaN', Number.NaN),
      text('-0', -0),
    ]),
  }
}

const times = (): OddTable => {
  const micros: readonly [string, string][] = [
    ['294247-01-10 04:00:54.775806', '9223372036854775806'],
    ['290308-12-21 19:59:05.224194 BC', '-9223372036854775806'],
    ['9999-12-31 23:59:59.999999', '253402300799999999'],
    ['0001-01-01 00:00:00', '-62135596800000000'],
    ['0001-12-31 23:59:59.999999 BC', '-62135596800000001'],
    ['1969-12-31 23:59:59.999999', '-1'],
    ['10000-01-01 00:00:00.000001', '253402300800000001'],
  ]
  const days: readonly [string, string][] = [
    ['5874897-12-31', '2145042905'],
    ['4714-11-24 BC', '-2440588'],
    ['9999-12-31', '2932896'],
    ['0001-01-01', '-719162'],
    ['1969-12-31', '-1'],
    ['1582-10-10', '-141432'],
    ['2000-02-29', '11016'],
  ]
  const kept = micros.filter(([wire]) => !wire.startsWith('290308'))
  return {
    columns: [
      { name: 'local', type: { kind: 'timestamp', utc: false }, wire: 'text' },
      { name: 'utc', type: { kind: 'timestamp', utc: true }, wire: 'text' },
      { name: 'day', type: { kind: 'date' }, wire: 'text' },
    ],
    samples: kept.map(([wire, value], row) => [
      text(wire, value),
      text(wire.replace(/( BC)?$/, '+00$1'), value),
      text(...days[row]),
    ]),
  }
}

const cutTexts = (): OddTable => ({
  columns: [STRING],
  samples: ofStrings(
    [...'éæ\u07ff\u0800\ud7ff\uffff\u{1f3bc}\u{10ffff}'].flatMap(character =>
      [60, 61, 62, 63, 64].flatMap(before => [
        'm'.repeat(before) + character,
        `${'m'.repeat(before)}${character.repeat(30)}`,
        `${'\u{10ffff}'.repeat(15)}${'m'.repeat(before - 60)}${character.repeat(3)}`,
      ]),
    ),
  ),
})

const highBytes = (length: number): OddTable => ({
  columns: [BYTES],
  samples: Array.from({ length: 30 }, (_, k) => [bytes(Buffer.alloc(length - k, 0xff))]),
})

const highCharacters = (): OddTable => ({
  columns: [STRING],
  samples: ofStrings(['a', '\u{10ffff}'.repeat(16), '\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(40)]),
})

const longValues = (): OddTable => {
  const value = 'é'.repeat(10_000_000)
  return {
    columns: [{ ...STRING, name: 'id' }, STRING, BYTES],
    samples: [1, 2, 3].map(row => [
      text(String(row)),
      row === 2 ? null : text(value),
      bytes(row === 2 ? Buffer.alloc(20_000_000, 0xff) : Buffer.of(row)),
    ]),
    isByValue: true,
  }
}

const manyColumns = (count: number): OddTable => {
  const columns = Array.from({ length: count }, (_, k) => ({
    ...SAMPLED[k % SAMPLED.length],
    name: `c${k}`,
  }))
  const rows = sampleRows(7, 'random', new Random())
  return {
    columns,
    samples: rows.map(row => columns.map((_, k) => row[k % SAMPLED.length])),
  }
}

const sampled = (rows: number, pattern: 'none' | 'all'): OddTable => ({
  columns: SAMPLED,
  samples: sampleRows(rows, pattern, new Random()),
})

/** Made anew for each caller, because some are large. */
export const ODD_TABLES: Readonly<Record<string, () => OddTable>> = {
  'no rows': () => sampled(0, 'none'),
  'one row': () => sampled(1, 'none'),
  'one row of NULLs': () => sampled(1, 'all'),
  'one column of NULLs': () => ({ columns: [STRING], samples: [[null], [null], [null]] }),
  'odd names': () => ({
    columns: ODD_NAMES.map(name => ({ ...STRING, name })),
    samples: [ODD_NAMES.map(name => text(`value of ${name}`)), ODD_NAMES.map(() => null)],
  }),
  'decimals of all precisions': decimals,
  'integers that become deltas': () => integers(false),
  'integers that become deltas, and NULLs': () => integers(true),
  'NaN, infinity and zeros of both signs': floats,
  'dates and times at their limits': times,
  'texts with a character across the cut of their bounds': cutTexts,
  'bytes of 0xFF up to the length of a bound': () => highBytes(64),
  'bytes of 0xFF one longer than a bound': () => highBytes(65),
  'bytes of 0xFF without any bound': () => highBytes(300),
  'texts of the last character': highCharacters,
  'values of 20 MB': longValues,
  '4,000 columns': () => manyColumns(4000),
}

export const writeOdd = ({ columns, samples, isByValue }: OddTable): Promise<Buffer> => {
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  return (isByValue ? writeByValue : writeFile)(columns, rows, { codec: 'SNAPPY' })
}
