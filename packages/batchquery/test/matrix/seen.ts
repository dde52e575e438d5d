/** A value of a Parquet file as `read_file.py` reads it, tagged with what it is there. Null is NULL. */
export type Seen =
  | null
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly digits: string }
  /** @param bits in hexadecimal digits: 8 of a FLOAT, 16 of a DOUBLE */
  | { readonly kind: 'float'; readonly bits: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly hex: string }
  | { readonly kind: 'date'; readonly days: number }
  | { readonly kind: 'timestamp'; readonly value: string; readonly unit: Unit; readonly isUtc: boolean }
  | { readonly kind: 'time'; readonly value: string; readonly unit: Unit }
  | {
      readonly kind: 'interval'
      readonly months: number
      readonly days: number
      readonly microseconds: string
    }
  | { readonly kind: 'list'; readonly items: readonly Seen[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Seen, Seen])[] }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [name: string, value: Seen])[] }

export type Unit = 's' | 'ms' | 'us' | 'ns'

/** A column as a reader finds it. */
export interface SeenColumn {
  /** In the file's own footer. */
  readonly type: string
  readonly metadata: Readonly<Record<string, string>>
  /** By the id of the row. */
  readonly values: Readonly<Record<string, Seen>>
}

export function floatOf(bits: string): number {
  const bytes = Buffer.from(bits, 'hex')
  return bytes.length === 4 ? bytes.readFloatBE() : bytes.readDoubleBE()
}

const NANOSECONDS: Readonly<Record<Unit, bigint>> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n }
export const nanoseconds = (value: string, unit: Unit): bigint => BigInt(value) * NANOSECONDS[unit]

/** A value in a few letters, as the page shows it. */
export function showSeen(seen: Seen): string {
  if (seen === null) return 'NULL'
  switch (seen.kind) {
    case 'boolean':
      return String(seen.value)
    case 'number':
      return seen.digits
    case 'float':
      return showFloat(floatOf(seen.bits), seen.bits.length === 8)
    case 'text':
      return seen.text === '' ? 'an empty text' : seen.text
    case 'bytes':
      return seen.hex === '' ? 'no bytes' : `bytes ${seen.hex}`
    case 'date':
      return showTimestamp(BigInt(seen.days) * 86_400_000_000_000n).slice(0, -9)
    case 'timestamp':
      return `${showTimestamp(nanoseconds(seen.value, seen.unit))}${seen.isUtc ? ' UTC' : ''}`
    case 'time':
      return showTime(nanoseconds(seen.value, seen.unit))
    case 'interval':
      return `${seen.months} months ${seen.days} days ${seen.microseconds} µs`
    case 'list':
      return `[${seen.items.map(showSeen).join(', ')}]`
    case 'map':
      return `{${seen.entries.map(([key, value]) => `${showSeen(key)}=${showSeen(value)}`).join(', ')}}`
    case 'struct':
      return `{${seen.fields.map(([name, value]) => `${name}: ${showSeen(value)}`).join(', ')}}`
  }
}

/** The shortest digits that are this FLOAT or DOUBLE. */
function showFloat(value: number, isSingle: boolean): string {
  if (!isSingle || Number.isInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
  for (let digits = 1; digits < 10; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(value)
}

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

function showTimestamp(value: bigint): string {
  const day = 86_400_000_000_000n
  const days = floorDivide(value, day)
  const date = new Date(Number(days) * 86_400_000)
  const shown = Number.isNaN(date.getTime()) ? `day ${days}` : date.toISOString().slice(0, -14)
  return `${shown} ${showTime(value - days * day)}`
}

/** Hours, minutes, seconds, and the fraction of a second if there is one. */
function showTime(value: bigint): string {
  const magnitude = value < 0n ? -value : value
  const seconds = magnitude / 1_000_000_000n
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n]
  const shown = parts.map(part => String(part).padStart(2, '0')).join(':')
  return `${value < 0n ? '-' : ''}${shown}${fraction === '' ? '' : `.${fraction}`}`
}
