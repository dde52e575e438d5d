import { expect, test } from 'vitest'
import { cases } from '../../../setup/chance.ts'
import { Random } from './random.ts'
import { type ColumnType, readEach, readPlain } from './read-values.ts'

const DATE: ColumnType = { type: { kind: 'date' }, wire: 'text' }
const LOCAL: ColumnType = { type: { kind: 'timestamp', utc: false }, wire: 'text' }
const UTC: ColumnType = { type: { kind: 'timestamp', utc: true }, wire: 'text' }
const BINARY_DATE: ColumnType = { type: { kind: 'date' }, wire: 'date' }
const BINARY_TIMESTAMP: ColumnType = { type: { kind: 'timestamp', utc: true }, wire: 'timestamp' }
const BATCH = 1000
const MILLISECONDS_PER_DAY = 86_400_000
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const FIRST = new Date('0001-01-01T00:00:00Z').getTime()
const TO_2000 = 946_684_800_000_000n
const random = new Random()

/** A moment from year 1 to 9999, most of them from 1900 to 2100. */
function moment(): number {
  const [from, to] = random.chance(0.3) ? [FIRST, LAST] : [Date.UTC(1900, 0), Date.UTC(2100, 0)]
  return Math.floor(from + random.fraction() * (to - from))
}

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

test('the readers of dates agree with Date', () => {
  for (let done = 0; done < cases(100_000); done += BATCH) {
    const days = Array.from({ length: BATCH }, () => Math.floor(moment() / MILLISECONDS_PER_DAY))
    const texts = days.map(day => new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10))
    expect(readEach(DATE, texts).map(plain => plain.readInt32LE())).toEqual(days)
    const binary = days.map(day => {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32BE(day - 10_957)
      return bytes
    })
    expect(readEach(BINARY_DATE, binary).map(plain => plain.readInt32LE())).toEqual(days)
  }
})

test('the readers of timestamps agree with Date', () => {
  for (let done = 0; done < cases(100_000); done += BATCH) {
    const micros: bigint[] = []
    const texts: string[] = []
    const withOffset: string[] = []
    for (let k = 0; k < BATCH; k++) {
      const milliseconds = moment()
      const digits = random.integer(0, 6)
      const iso = new Date(milliseconds).toISOString()
      const fraction = `${iso.slice(20, 23)}${random.digits(3)}`.slice(0, digits)
      const whole = BigInt(Math.floor(milliseconds / 1000)) * 1_000_000n
      micros.push(whole + BigInt(fraction.padEnd(6, '0')))
      texts.push(`${iso.slice(0, 10)} ${iso.slice(11, 19)}${digits === 0 ? '' : `.${fraction}`}`)
      withOffset.push(offsetText(texts[k], milliseconds))
    }
    expect(readEach(LOCAL, texts).map(plain => plain.readBigInt64LE())).toEqual(micros)
    expect(readEach(UTC, texts).map(plain => plain.readBigInt64LE())).toEqual(micros)
    expect(readEach(UTC, withOffset).map(plain => plain.readBigInt64LE())).toEqual(micros)
    const binary = micros.map(value => int64(value - TO_2000))
    expect(readEach(BINARY_TIMESTAMP, binary).map(plain => plain.readBigInt64LE())).toEqual(micros)
  }
})

/** The same moment on a clock with an offset, as PostgreSQL writes it. */
function offsetText(text: string, milliseconds: number): string {
  const seconds = random.pick([0, 3600, -3600, 19_800, -12_600, 50_400, 1172, -1172])
  const local = new Date(milliseconds + seconds * 1000)
  if (local.getTime() < FIRST || local.getTime() > LAST) return `${text}+00`
  const iso = local.toISOString()
  const two = (value: number): string => String(value).padStart(2, '0')
  const size = Math.abs(seconds)
  const [hours, minutes, rest] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60]
  const offset =
    two(hours) + (minutes + rest > 0 ? `:${two(minutes)}` : '') + (rest > 0 ? `:${two(rest)}` : '')
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${text.slice(19)}${seconds < 0 ? '-' : '+'}${offset}`
}

test('the readers of dates know years before 1 and after 9999, and the ends of their ranges', () => {
  const day = (plain: Buffer): number => plain.readInt32LE()
  const texts = [
    '0000-01-01',
    '0001-01-01 BC',
    '4714-11-24 BC',
    '10000-01-01',
    '294276-12-31',
    '2000-02-29',
    '1900-02-28',
  ]
  expect(readEach(DATE, texts).map(day)).toEqual([
    -719_528,
    -719_528,
    -2_440_588,
    2_932_897,
    Date.UTC(2276, 11, 31) / MILLISECONDS_PER_DAY + 730 * 146_097,
    11_016,
    -25_509,
  ])
  const micros = (plain: Buffer): bigint => plain.readBigInt64LE()
  expect(
    readEach(UTC, [
      '4714-11-24 00:00:00+00 BC',
      '294246-12-31 23:59:59.999999+00',
      '0001-01-01 00:00:00',
    ]).map(micros),
  ).toEqual([-210_866_803_200_000_000n, 9_223_371_244_799_999_999n, -62_135_596_800_000_000n])
  expect(readPlain(UTC, ['294276-12-31 23:59:59'])).toBe(0)
})

test('the readers of dates refuse what is none', () => {
  const bad = [
    '',
    '2024',
    '2024-1-1',
    '2024-13-01',
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '2024-00-10',
    '2024-01-00',
  ]
  const worse = [
    'infinity',
    '-infinity',
    '2024-01-01x',
    '20240101',
    '2024-01-0a',
    'x024-01-01',
    '2024/01/01',
    '2024-01-011',
  ]
  for (const text of [...bad, ...worse]) {
    expect(readPlain(DATE, [text]), text).toBe(0)
    expect(readPlain(LOCAL, [text]), text).toBe(0)
  }
  const times = [
    '24:00:00',
    '12:60:00',
    '12:00:60',
    '12:00',
    '1:00:00',
    '12:00:00.',
    '12:00:00.1234567',
    '12:00:00x',
    '12:00:00+0',
  ]
  for (const time of times) expect(readPlain(UTC, [`2024-01-01 ${time}`]), time).toBe(0)
  expect(readPlain(LOCAL, ['2024-01-01 12:00:00+00'])).toBe(0)
  expect(readPlain(UTC, ['2024-01-01 12:00:00+00:00:00:00'])).toBe(0)
  for (const hex of ['7fffffff', '80000000'])
    expect(readPlain(BINARY_DATE, [Buffer.from(hex, 'hex')])).toBe(0)
  for (const hex of ['7fffffffffffffff', '8000000000000000', '7ffffffffffffff0', '00'])
    expect(readPlain(BINARY_TIMESTAMP, [Buffer.from(hex, 'hex')]), hex).toBe(0)
})

test('a timestamp without an offset becomes UTC by the clock of the session', () => {
  const column: ColumnType = { ...UTC, offsetAt: local => (local > 1_700_000_000 ? Number.NaN : 3600) }
  const [plain] = readEach(column, ['2020-01-01 00:00:00'])
  expect(plain.readBigInt64LE()).toBe(BigInt(Date.UTC(2019, 11, 31, 23)) * 1000n)
  expect(readPlain(column, ['2024-10-27 02:30:00'])).toBe(0)
})
