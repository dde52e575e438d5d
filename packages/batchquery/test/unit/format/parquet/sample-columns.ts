import type { ParquetColumn } from '../../../../src/format/parquet/index.ts'
import type { Random } from './random.ts'

export type Scalar = string | number | boolean

/** A value on the wire, and the value that a reader must see (see `witnessed`). */
export interface Sample {
  readonly wire: Buffer
  readonly value: Scalar | readonly (Scalar | null)[]
}

export interface SampleColumn {
  readonly column: ParquetColumn
  readonly edges: readonly Sample[]
  random(random: Random): Sample
}

const text = (wire: string, value: Sample['value'] = wire): Sample => ({ wire: Buffer.from(wire), value })
const hex = (wire: string, value: Sample['value']): Sample => ({ wire: Buffer.from(wire, 'hex'), value })

const big = (value: bigint, bytes: 2 | 4 | 8): Buffer => {
  const out = Buffer.alloc(8)
  out.writeBigInt64BE(value)
  return out.subarray(8 - bytes)
}

function integers(bits: 8 | 16 | 32 | 64, signed: boolean): SampleColumn {
  const largest = 2n ** BigInt(signed ? bits - 1 : bits) - 1n
  const smallest = signed ? -largest - 1n : 0n
  return {
    column: { name: `${signed ? '' : 'u'}int${bits}`, type: { kind: 'int', bits, signed }, wire: 'text' },
    edges: [largest, smallest, 0n, 1n, largest - 1n].map(value => text(String(value))),
    random: random =>
      text(String(BigInt(random.integer(0, Number(largest > 2n ** 52n ? 2n ** 52n : largest))))),
  }
}

function binaryIntegers(bytes: 2 | 4 | 8): SampleColumn {
  const bits = bytes === 2 ? 16 : bytes === 4 ? 32 : 64
  const sample = (value: bigint): Sample => ({ wire: big(value, bytes), value: String(value) })
  const largest = 2n ** BigInt(bits - 1) - 1n
  return {
    column: { name: `binary${bits}`, type: { kind: 'int', bits, signed: true }, wire: `int${bytes}` },
    edges: [largest, -largest - 1n, 0n, -1n].map(sample),
    random: random => sample(BigInt(random.integer(-30_000, 30_000))),
  }
}

function decimals(precision: number, scale: number): SampleColumn {
  const shown = (digits: string, sign = ''): string => {
    const padded = digits.padStart(scale + 1, '0')
    return `${sign}${padded.slice(0, padded.length - scale)}${scale > 0 ? `.${padded.slice(-scale)}` : ''}`
  }
  return {
    column: {
      name: `decimal${precision}_${scale}`,
      type: { kind: 'decimal', precision, scale },
      wire: 'text',
    },
    edges: [
      shown('9'.repeat(precision)),
      shown('9'.repeat(precision), '-'),
      shown('0'),
      shown('1'),
      shown('1', '-'),
    ].map(value => text(value)),
    random: random =>
      text(shown(random.digits(random.integer(1, precision)).replace(/^0$/, '7'), random.pick(['', '-']))),
  }
}

const DOUBLES = [0, -0, 1.5, -1.5, 1e-300, 1.7976931348623157e308, 5e-324]

const doubles = (wire: 'text' | 'float8', name: string, special: readonly number[]): SampleColumn => {
  const sample = (value: number): Sample => {
    if (wire === 'text') return text(Object.is(value, -0) ? '-0' : String(value), value)
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return { wire: bytes, value }
  }
  return {
    column: { name, type: { kind: 'double' }, wire },
    edges: [...DOUBLES, ...special].map(sample),
    // Versions of Node differ in their powers of ten.
    random: random => sample(Number(`${random.fraction() - 0.5}e${random.integer(-10, 10)}`)),
  }
}

const floats = (): SampleColumn => {
  const sample = (value: number): Sample => text(String(Math.fround(value)), Math.fround(value))
  return {
    column: { name: 'float', type: { kind: 'float' }, wire: 'text' },
    edges: [0, 16_777_216, -1.5, 3.4028234663852886e38, 1.401298464324817e-45].map(sample),
    random: random => sample(random.fraction() * 1000 - 500),
  }
}

const DAY = 86_400_000
const isoDay = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)

const dates = (): SampleColumn => ({
  column: { name: 'date', type: { kind: 'date' }, wire: 'text' },
  edges: [-719_162, 2_932_896, 0, -1].map(day => text(isoDay(day), String(day))),
  random: random => {
    const day = random.integer(-30_000, 60_000)
    return text(isoDay(day), String(day))
  },
})

const timestamps = (utc: boolean): SampleColumn => {
  const sample = (micros: bigint): Sample => {
    const milliseconds = Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n)
    const iso = new Date(milliseconds).toISOString()
    const rest = String(((micros % 1000n) + 1000n) % 1000n).padStart(3, '0')
    return text(`${iso.slice(0, 10)} ${iso.slice(11, 23)}${rest}${utc ? '+00' : ''}`, String(micros))
  }
  return {
    column: { name: utc ? 'utc' : 'local', type: { kind: 'timestamp', utc }, wire: 'text' },
    edges: [0n, -1n, 253_402_300_799_999_999n, -62_135_596_800_000_000n].map(sample),
    random: random =>
      sample(BigInt(random.integer(-(10 ** 12), 2 * 10 ** 12)) * 1000n + BigInt(random.integer(0, 999))),
  }
}

const CHARACTERS = [
  'a',
  'z',
  'Z',
  '0',
  ' ',
  'é',
  'ß',
  '日',
  '語',
  '\u{1f3bc}',
  '\u{10ffff}',
  '\ud7ff',
  '\uffff',
  '\0',
  '\n',
]

const words = (random: Random, most: number): string =>
  Array.from({ length: random.integer(0, most) }, () => random.pick(CHARACTERS)).join('')

const strings = (name: string, make: (random: Random) => string): SampleColumn => ({
  column: { name, type: { kind: 'string' }, wire: 'raw' },
  edges: [
    '',
    'a',
    '\u{10ffff}'.repeat(20),
    'é'.repeat(40),
    `${'x'.repeat(63)}é`,
    'x'.repeat(64),
    'x'.repeat(65),
    'b'.repeat(3000),
  ].map(value => text(value)),
  random: random => text(make(random)),
})

const bytes = (): SampleColumn => {
  const sample = (value: Buffer): Sample => ({ wire: value, value: value.toString('hex').toUpperCase() })
  return {
    column: { name: 'bytes', type: { kind: 'bytes' }, wire: 'raw' },
    edges: [Buffer.alloc(0), Buffer.of(0), Buffer.alloc(70, 0xff), Buffer.alloc(300, 0x80)].map(sample),
    random: random =>
      sample(Buffer.from(Array.from({ length: random.integer(0, 20) }, () => random.integer(0, 255)))),
  }
}

/** Columns of all types and wire forms. */
export const SAMPLE_COLUMNS: readonly SampleColumn[] = [
  ...([8, 16, 32, 64] as const).flatMap(bits => [integers(bits, true), integers(bits, false)]),
  ...([2, 4, 8] as const).map(binaryIntegers),
  ...(
    [
      [4, 2],
      [9, 0],
      [9, 9],
      [18, 4],
      [18, 0],
      [19, 0],
      [20, 0],
      [38, 10],
      [38, 38],
    ] as const
  ).map(([p, s]) => decimals(p, s)),
  doubles('text', 'double', []),
  doubles('float8', 'binaryDouble', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]),
  floats(),
  dates(),
  timestamps(true),
  timestamps(false),
  strings('unique', random => words(random, 100)),
  strings('few', random => `value ${random.integer(0, 30)}`),
  {
    column: { name: 'json', type: { kind: 'json' }, wire: 'jsonb' },
    edges: ['{}', '[1, 2]', '"é"', 'null'].map(value => ({ wire: Buffer.from(`\x01${value}`), value })),
    random: random => {
      const value = `{"a": ${random.integer(0, 1000)}}`
      return { wire: Buffer.from(`\x01${value}`), value }
    },
  },
  {
    column: { name: 'uuid', type: { kind: 'string' }, wire: 'uuid' },
    edges: [hex('00112233445566778899aabbccddeeff', '00112233-4455-6677-8899-aabbccddeeff')],
    random: random => {
      const digits = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join('')
      return hex(digits, digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
    },
  },
  {
    column: { name: 'bool', type: { kind: 'bool' }, wire: 'text' },
    edges: [text('t', true), text('f', false), text('1', true), text('0', false)],
    random: random => (random.chance(0.5) ? text('true', true) : text('false', false)),
  },
  {
    column: { name: 'binaryBool', type: { kind: 'bool' }, wire: 'boolean' },
    edges: [hex('01', true)],
    random: () => hex('01', true),
  },
  bytes(),
  {
    column: { name: 'near', type: { kind: 'int', bits: 64, signed: true }, wire: 'text' },
    edges: [],
    random: random => text(String(2 ** 40 + random.integer(-20_000, 20_000))),
  },
]

export const NULL_PATTERNS = ['none', 'all', 'runs', 'random', 'alternating', 'first', 'last'] as const
/** Which rows are NULL. */
export type NullPattern = (typeof NULL_PATTERNS)[number]

/** Rows of all sample columns: the edges first, and then random values. A required column has no NULL. */
export function sampleRows(count: number, pattern: NullPattern, random: Random, columns = SAMPLE_COLUMNS) {
  const isNull = (row: number): boolean => {
    switch (pattern) {
      case 'none':
        return false
      case 'all':
        return true
      case 'runs':
        return row % 700 < 350
      case 'random':
        return random.chance(0.3)
      case 'alternating':
        return row % 2 === 0
      case 'first':
        return row === 0
      case 'last':
        return row === count - 1
    }
  }
  return Array.from({ length: count }, (_, row) =>
    columns.map(({ column, edges, random: randomSample }) =>
      isNull(row) && !column.isRequired ? null : (edges[row % 401] ?? randomSample(random)),
    ),
  )
}
