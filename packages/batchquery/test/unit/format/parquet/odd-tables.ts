import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import { Random } from './random.ts'
import { SAMPLE_COLUMNS, type Sample, sampleRows } from './sample-columns.ts'
import { writeByValue, writeFile } from './write-file.ts'

/** A table at the limits of the format or of its readers. */
export interface OddTable {
  readonly what: string
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
export const ODD_NAMES = [
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
  what: 'decimals of all precisions',
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
    what: 'NaN, infinity and zeros of both signs',
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
    what: 'dates and times at their limits',
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
  what: 'texts with a character across the cut of their bounds',
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
  what: `bytes of 0xFF up to ${length}`,
  columns: [BYTES],
  samples: Array.from({ length: 30 }, (_, k) => [bytes(Buffer.alloc(length - k, 0xff))]),
})

const highCharacters = (): OddTable => ({
  what: 'texts of the last character',
  columns: [STRING],
  samples: ofStrings(['a', '\u{10ffff}'.repeat(16), '\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(40)]),
})

const longValues = (): OddTable => {
  const value = 'é'.repeat(10_000_000)
  return {
    what: 'values of 20 MB',
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
    what: `${count} columns`,
    columns,
    samples: rows.map(row => columns.map((_, k) => row[k % SAMPLED.length])),
  }
}

const sampled = (what: string, rows: number, pattern: 'none' | 'all'): OddTable => ({
  what,
  columns: SAMPLED,
  samples: sampleRows(rows, pattern, new Random()),
})

/** Made anew for each caller, because some are large. */
export const ODD_TABLES: readonly (() => OddTable)[] = [
  () => sampled('no rows', 0, 'none'),
  () => sampled('one row', 1, 'none'),
  () => sampled('one row of NULLs', 1, 'all'),
  () => ({ what: 'one column of NULLs', columns: [STRING], samples: [[null], [null], [null]] }),
  () => ({
    what: 'odd names',
    columns: ODD_NAMES.map(name => ({ ...STRING, name })),
    samples: [ODD_NAMES.map(name => text(`value of ${name}`)), ODD_NAMES.map(() => null)],
  }),
  decimals,
  floats,
  times,
  cutTexts,
  () => highBytes(64),
  () => highBytes(65),
  () => highBytes(300),
  highCharacters,
  longValues,
  () => manyColumns(4000),
]

export const writeOdd = ({ columns, samples, isByValue }: OddTable): Promise<Buffer> => {
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  return (isByValue ? writeByValue : writeFile)(columns, rows, { codec: 'SNAPPY' })
}
