import type { Meaning } from '../case.ts'
import { floatOf, type Seen, type SeenColumn, showSeen } from '../seen.ts'
import { type Differs, type Expected, jsonTokens, other, shorten } from './differs.ts'
import { isoInterval } from './instants.ts'
import { canonicalDouble, canonicalNumber, parseFloating } from './numbers.ts'
import { differsAsGeometry, differsAsNested, differsAsVector } from './parts.ts'
import { differsAsDate, differsAsDatetime, differsAsInstant, differsAsTime } from './times.ts'

/** A comparison that needs no word for the difference. */
const equals =
  (isSame: (seen: NonNullable<Seen>, expected: Expected) => boolean): Differs =>
  (seen, expected) =>
    isSame(seen, expected) ? null : other(seen, expected)

const isSameNumber = (seen: NonNullable<Seen>, meaning: string): boolean => {
  const wanted = canonicalNumber(meaning)
  switch (seen.kind) {
    case 'number':
      return canonicalNumber(seen.digits) === wanted
    case 'float': {
      const value = floatOf(seen.bits)
      if (wanted === null || !Number.isFinite(value)) return Object.is(value, parseFloating(meaning))
      return canonicalDouble(value) === wanted
    }
    case 'text':
      return wanted === null ? seen.text === meaning : canonicalNumber(seen.text) === wanted
    case 'boolean':
      return canonicalNumber(seen.value ? '1' : '0') === wanted
    default:
      return false
  }
}

/** @param round to the precision of the server's type */
const differsAsFloat = (round: (value: number) => number): Differs =>
  equals((seen, { meaning }) => {
    const wanted = round(parseFloating(meaning))
    if (seen.kind === 'float') return Object.is(floatOf(seen.bits), wanted)
    if (seen.kind === 'number') return Object.is(round(Number(seen.digits)), wanted)
    return seen.kind === 'text' && Object.is(round(parseFloating(seen.text)), wanted)
  })

const utf8 = (hex: string): string => Buffer.from(hex, 'hex').toString()

const differsAsText: Differs = (seen, expected) => {
  const text = seen.kind === 'text' ? seen.text : seen.kind === 'bytes' ? utf8(seen.hex) : null
  if (text === expected.text) return null
  return text !== null && text === expected.text.trimEnd() ? 'padding cut' : other(seen, expected)
}

const isSameJson = (seen: NonNullable<Seen>, text: string): boolean => {
  const json = seen.kind === 'bytes' ? utf8(seen.hex) : seen.kind === 'text' ? seen.text : null
  return json !== null && jsonTokens(json) === jsonTokens(text)
}

const isSameUuid = (seen: NonNullable<Seen>, text: string): boolean =>
  seen.kind === 'bytes'
    ? seen.hex === text.replaceAll('-', '')
    : seen.kind === 'text' && seen.text.toLowerCase() === text

/** The bits are a number: bytes have the most significant one first. */
const isSameBits = (seen: NonNullable<Seen>, meaning: string): boolean =>
  seen.kind === 'bytes'
    ? seen.hex !== '' && BigInt(`0x${seen.hex}`) === BigInt(meaning)
    : seen.kind !== 'text' && isSameNumber(seen, meaning)

const isSameBoolean = (seen: NonNullable<Seen>, text: string): boolean => {
  if (seen.kind === 'boolean') return String(seen.value) === text
  if (seen.kind === 'text' && (seen.text === text || seen.text === text[0])) return true
  return isSameNumber(seen, text === 'true' ? '1' : '0')
}

const isSameInterval = (seen: NonNullable<Seen>, { text, meaning }: Expected): boolean =>
  seen.kind === 'interval'
    ? `${seen.months} ${seen.days} ${seen.microseconds}` === meaning
    : seen.kind === 'text' && (seen.text === text || isoInterval(seen.text) === meaning)

/** Bytes do not say how many of their bits belong to the value. */
const differsAsBitString: Differs = (seen, expected, column) => {
  const bits = seen.kind === 'bytes' ? Buffer.from(seen.hex, 'hex') : Buffer.alloc(0)
  const digits = [...bits].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const wanted = expected.text.padEnd(digits.length, '0')
  return seen.kind === 'bytes' && digits === wanted ? 'length lost' : differsAsText(seen, expected, column)
}

/** The text of the server, or a struct of coordinates. */
const isSamePoint = (seen: NonNullable<Seen>, text: string): boolean => {
  if (seen.kind !== 'struct') return seen.kind === 'text' && seen.text === text
  const found = seen.fields.map(([, value]) => (value?.kind === 'float' ? floatOf(value.bits) : Number.NaN))
  return `(${found.join(',')})` === text
}

const DIFFERS: Readonly<Record<Meaning, Differs>> = {
  number: equals((seen, { meaning }) => isSameNumber(seen, meaning)),
  float: differsAsFloat(Math.fround),
  double: differsAsFloat(value => value),
  bits: equals((seen, { meaning }) => isSameBits(seen, meaning)),
  boolean: equals((seen, { text }) => isSameBoolean(seen, text)),
  date: differsAsDate,
  datetime: differsAsDatetime,
  instant: differsAsInstant,
  time: differsAsTime,
  duration: differsAsTime,
  interval: equals(isSameInterval),
  text: differsAsText,
  money: equals((seen, { text, meaning }) =>
    seen.kind === 'text' ? seen.text === text : isSameNumber(seen, meaning),
  ),
  network: equals(
    (seen, { text, meaning }) => seen.kind === 'text' && (seen.text === text || seen.text === meaning),
  ),
  bitstring: differsAsBitString,
  point: equals((seen, { text }) => isSamePoint(seen, text)),
  json: equals((seen, { text }) => isSameJson(seen, text)),
  uuid: equals((seen, { text }) => isSameUuid(seen, text)),
  bytes: equals((seen, { meaning }) => seen.kind === 'bytes' && seen.hex === meaning.toLowerCase()),
  geometry: differsAsGeometry,
  vector: differsAsVector,
  nested: differsAsNested,
}

/** Compares a value with the server's. Returns null if it is the same, otherwise how it differs. */
export function difference(
  meaning: Meaning,
  seen: Seen | undefined,
  expected: Expected | null,
  column: Pick<SeenColumn, 'type' | 'metadata'>,
): string | null {
  if (seen === undefined) return 'the row is missing'
  if (expected === null) return seen === null ? null : `${shorten(showSeen(seen))} for NULL`
  return seen === null ? other(null, expected) : DIFFERS[meaning](seen, expected, column)
}
