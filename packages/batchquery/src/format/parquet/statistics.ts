import type { ColumnStatistics } from '../format.ts'
import type { ChunkSummary, ParquetFooter } from './read-footer.ts'
import type { Leaf } from './read-schema.ts'
import { PHYSICAL } from './type.ts'

/** A bound: how it compares, and its text. */
interface Bound {
  readonly order: bigint | number | Buffer
  readonly text: string
}

const NONE: ColumnStatistics = { nulls: null, min: null, max: null }

/** The statistics of each column of a file, over all row groups. A column with parts, such as a list, has none. */
export function columnStatistics({ columns, leaves, groups }: ParquetFooter): readonly ColumnStatistics[] {
  const places = new Map(
    leaves.flatMap(({ name, isFlat }, index) => (isFlat ? [[name, index] as const] : [])),
  )
  return columns.map(({ name }) => {
    const index = places.get(name)
    if (index === undefined) return NONE
    return ofChunks(
      leaves[index],
      groups.map(({ chunks }) => chunks[index]),
    )
  })
}

function ofChunks(leaf: Leaf, chunks: readonly ChunkSummary[]): ColumnStatistics {
  let nulls: number | null = 0
  let least: Bound | null = null
  let greatest: Bound | null = null
  let isBounded = true
  for (const { statistics, entries } of chunks) {
    nulls = nulls === null || statistics.nulls === null ? null : nulls + statistics.nulls
    if (statistics.nulls === entries) continue
    const min = statistics.min === null ? null : boundOf(leaf, statistics.min)
    const max = statistics.max === null ? null : boundOf(leaf, statistics.max)
    isBounded &&= min !== null && max !== null
    if (min !== null && (least === null || compare(min, least) < 0)) least = min
    if (max !== null && (greatest === null || compare(max, greatest) > 0)) greatest = max
  }
  return {
    nulls,
    min: (isBounded ? least?.text : null) ?? null,
    max: (isBounded ? greatest?.text : null) ?? null,
  }
}

/** Bounds of one column have values of one type. */
function compare({ order: one }: Bound, { order: other }: Bound): number {
  if (Buffer.isBuffer(one) && Buffer.isBuffer(other)) return Buffer.compare(one, other)
  return one < other ? -1 : one > other ? 1 : 0
}

/** Null for a type whose values have no text of their own, such as bytes. */
function boundOf({ physical, type }: Leaf, bytes: Buffer): Bound | null {
  switch (physical) {
    case PHYSICAL.BOOLEAN:
      return bytes.length === 1 ? { order: bytes[0], text: bytes[0] === 0 ? 'false' : 'true' } : null
    case PHYSICAL.INT32:
      if (bytes.length !== 4) return null
      return integerBound(type, BigInt(isUnsigned(type) ? bytes.readUInt32LE() : bytes.readInt32LE()))
    case PHYSICAL.INT64:
      if (bytes.length !== 8) return null
      return integerBound(type, isUnsigned(type) ? bytes.readBigUInt64LE() : bytes.readBigInt64LE())
    case PHYSICAL.FLOAT:
      return bytes.length === 4 ? floatBound(bytes.readFloatLE(), Math.fround) : null
    case PHYSICAL.DOUBLE:
      return bytes.length === 8 ? floatBound(bytes.readDoubleLE(), value => value) : null
    default:
      return byteBound(type, bytes)
  }
}

const isUnsigned = (type: string): boolean => type.startsWith('UINT')

function integerBound(type: string, value: bigint): Bound | null {
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1]
  if (scale !== undefined) return { order: value, text: decimalText(value, Number(scale)) }
  if (type === 'DATE') return dated(value, dateText(value * DAY_MS))
  const unit = /^TIMESTAMP\((MILLIS|MICROS|NANOS), (UTC|local)\)$/.exec(type)
  if (unit !== null) return dated(value, timestampText(value, DIGITS[unit[1]] ?? 6, unit[2] === 'UTC'))
  return /^U?INT\d+$/.test(type) ? { order: value, text: `${value}` } : null
}

const dated = (order: bigint, text: string | null): Bound | null => (text === null ? null : { order, text })

const DAY_MS = 86_400_000n
/** Milliseconds. Date has no later day. */
const LAST_MS = 8_640_000_000_000_000n
/** The digits of a fraction of a second. */
const DIGITS: Readonly<Record<string, number>> = { MILLIS: 3, MICROS: 6, NANOS: 9 }

const dateText = (milliseconds: bigint): string | null =>
  milliseconds > LAST_MS || milliseconds < -LAST_MS
    ? null
    : (new Date(Number(milliseconds)).toISOString().split('T')[0] ?? null)

/** `2026-01-31 10:00:00.5`, in UTC with a Z. */
function timestampText(value: bigint, digits: number, isUtc: boolean): string | null {
  const perSecond = 10n ** BigInt(digits)
  const fraction = ((value % perSecond) + perSecond) % perSecond
  const milliseconds = ((value - fraction) / perSecond) * 1000n
  const date = dateText(milliseconds)
  if (date === null) return null
  const time = new Date(Number(milliseconds)).toISOString().slice(-13, -5)
  const after = fraction === 0n ? '' : `.${`${fraction}`.padStart(digits, '0').replace(/0+$/, '')}`
  return `${date} ${time}${after}${isUtc ? 'Z' : ''}`
}

function decimalText(value: bigint, scale: number): string {
  const digits = `${value < 0n ? -value : value}`.padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${value < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

/** The shortest decimal number that becomes this one. @param round to the precision of the type */
function floatBound(value: number, round: (value: number) => number): Bound | null {
  if (Number.isNaN(value)) return null
  for (let digits = 1; digits <= 17; digits++) {
    const text = value.toPrecision(digits)
    if (round(Number(text)) === value) return { order: value, text: `${Number(text)}` }
  }
  return { order: value, text: `${value}` }
}

function byteBound(type: string, bytes: Buffer): Bound | null {
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1]
  if (scale !== undefined) {
    const value = signedValue(bytes)
    return { order: value, text: decimalText(value, Number(scale)) }
  }
  if (type === 'UUID')
    return {
      order: bytes,
      text: bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    }
  return type === 'STRING' ? { order: bytes, text: bytes.toString() } : null
}

/** The value of a big-endian number in two's complement. */
const signedValue = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`))
