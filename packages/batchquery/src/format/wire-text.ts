import type { ExactColumn } from './exact-column.ts'

/** Writes a value of a binary wire form as the text that the database prints. */
export interface TextWriter {
  /** The most bytes of a text, however short its binary form is. */
  readonly mostBytes: number
  /**
   * Writes the text of the value from `start` to `end` at `at`, where there is room. Returns where the text ends, or -1 if these bytes are no
   * value of the wire form. The text is ASCII.
   */
  write(source: Buffer, start: number, end: number, out: Buffer, at: number): number
}

/**
 * Returns the writer for MySQL's binary forms: the text is that of MySQL's text protocol, except that a FLOAT gets all the digits that
 * distinguish it from other FLOATs. Null if the values of the column come as text, or in a form of another database.
 */
export function textWriter(column: ExactColumn): TextWriter | null {
  const { decimals, leastCharacters = 0 } = column
  switch (column.wire) {
    case 'le8':
    case 'le16':
    case 'le32':
    case 'le64':
      return integerWriter(bytesOfInteger(column), isUnsigned(column), leastCharacters)
    case 'leFloat':
      return numberWriter(4, decimals, leastCharacters)
    case 'leDouble':
      return numberWriter(8, decimals, leastCharacters)
    case 'leDate':
      return (column.source ?? column.type).kind === 'date' ? DATE_WRITER : timestampWriter(decimals)
    case 'leTime':
      return timeWriter(decimals)
    default:
      return null
  }
}

const bytesOfInteger = ({ wire }: ExactColumn): number => Number(wire.slice(2)) / 8

/** Whether the integers of the column are unsigned: then its own type is unsigned, has more bits than the wire form, or is a decimal. */
export function isUnsigned(column: ExactColumn): boolean {
  const own = column.source ?? column.type
  if (own.kind === 'decimal') return true
  return own.kind === 'int' && (!own.signed || own.bits > 8 * bytesOfInteger(column))
}

const DIGIT_0 = 0x30
const DASH = 0x2d
const COLON = 0x3a
const DOT = 0x2e
const SPACE = 0x20
const TWO_32 = 4_294_967_296

/** -9223372036854775808 */
const INTEGER_CHARACTERS = 20

function integerWriter(bytes: number, unsigned: boolean, leastCharacters: number): TextWriter {
  const mostBytes = Math.max(INTEGER_CHARACTERS, leastCharacters)
  const write: TextWriter['write'] = (source, start, end, out, at) => {
    if (end - start !== bytes) return -1
    if (bytes < 8)
      return integer(
        unsigned ? source.readUIntLE(start, bytes) : source.readIntLE(start, bytes),
        leastCharacters,
        out,
        at,
      )
    const high = unsigned ? source.readUInt32LE(start + 4) : source.readInt32LE(start + 4)
    const value = high * TWO_32 + source.readUInt32LE(start)
    if (Number.isSafeInteger(value)) return integer(value, leastCharacters, out, at)
    const exact = unsigned ? source.readBigUInt64LE(start) : source.readBigInt64LE(start)
    return at + out.write(padded(`${exact}`, leastCharacters), at, 'latin1')
  }
  return { mostBytes, write }
}

/** Writes a safe integer, with zeros before it up to `leastCharacters`. */
function integer(value: number, leastCharacters: number, out: Buffer, start: number): number {
  let at = start
  let rest = value
  if (value < 0) {
    out[at++] = DASH
    rest = -value
  }
  let digits = 1
  for (let bound = 10; rest >= bound; bound *= 10) digits++
  const end = Math.max(at + digits, start + leastCharacters)
  for (let place = end - 1; place >= at; place--) {
    const next = Math.floor(rest / 10)
    out[place] = DIGIT_0 + rest - next * 10
    rest = next
  }
  return end
}

const padded = (text: string, leastCharacters: number): string => text.padStart(leastCharacters, '0')

/** A sign, `0.`, 14 zeros, and 17 digits. */
const NUMBER_CHARACTERS = 34
/** A sign, the digits of the largest number, and a point. */
const FIXED_CHARACTERS = 311

function numberWriter(bytes: 4 | 8, decimals: number | undefined, leastCharacters: number): TextWriter {
  const textOf = bytes === 4 ? floatText : doubleText
  const most = decimals === undefined ? NUMBER_CHARACTERS : FIXED_CHARACTERS + decimals
  return {
    mostBytes: Math.max(most, leastCharacters),
    write(source, start, end, out, at) {
      if (end - start !== bytes) return -1
      const value = bytes === 4 ? source.readFloatLE(start) : source.readDoubleLE(start)
      return at + out.write(padded(textOf(value, decimals), leastCharacters), at, 'latin1')
    },
  }
}

function doubleText(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return fixed(value, decimals)
  const magnitude = Math.abs(value)
  // JavaScript prints these as the server does.
  if (magnitude >= 1e-6 && magnitude < 1e15) return `${value}`
  return general(value, value.toExponential())
}

/** A FLOAT that is no smaller than this has at least six digits. */
const LEAST_NORMAL_FLOAT = 2 ** -126
const FLOAT_DIGITS = 9

function floatText(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) {
    const text = fixed(value, decimals)
    // An expression may have more digits than its type.
    if (Math.fround(Number(text)) === value) return text
  }
  for (let digits = Math.abs(value) < LEAST_NORMAL_FLOAT ? 1 : 6; digits < FLOAT_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return doubleText(Object.is(value, -0) ? -0 : rounded, undefined)
  }
  return doubleText(Number(value.toPrecision(FLOAT_DIGITS)), undefined)
}

/** From 10^15 on, a number without a fraction has an exponent, and so has one that begins after 15 places. */
const MOST_PLACES = 15
const EXPONENTIAL = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/

/** The form of a floating-point number without a fixed count of digits. @param exponential its digits, as JavaScript prints them */
function general(value: number, exponential: string): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [, sign = '', first = '', others = '', power = '0'] = EXPONENTIAL.exec(exponential) ?? []
  if (first === '') return `${value}`
  const digits = first + others
  // How many digits come before the point.
  const places = Number(power) + 1
  if (places <= -MOST_PLACES || (places > MOST_PLACES && digits.length <= places))
    return `${sign}${first}${others === '' ? '' : `.${others}`}e${places - 1}`
  if (places <= 0) return `${sign}0.${'0'.repeat(-places)}${digits}`
  if (digits.length <= places) return `${sign}${digits.padEnd(places, '0')}`
  return `${sign}${digits.slice(0, places)}.${digits.slice(places)}`
}

/** From here on, JavaScript has no fixed form. */
const LEAST_EXPONENTIAL = 1e21

/** The form of a floating-point number with a fixed count of digits after the point: a half goes to the even digit. */
function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return `${value}`
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  if (magnitude >= LEAST_EXPONENTIAL) {
    const fraction = decimals === 0 ? '' : `.${'0'.repeat(decimals)}`
    return `${sign}${BigInt(magnitude)}${fraction}`
  }
  const isHalf = (magnitude * 2 ** (decimals + 1)) % 1 === 0
  const more = isHalf ? magnitude.toFixed(decimals + 1) : ''
  if (!/[02468]\.?5$/.test(more)) return sign + magnitude.toFixed(decimals)
  return sign + more.slice(0, decimals === 0 ? -2 : -1)
}

/** Writes a number of exactly `digits` digits. */
function put(value: number, digits: number, out: Buffer, at: number): number {
  let rest = value
  for (let place = at + digits - 1; place >= at; place--) {
    out[place] = DIGIT_0 + (rest % 10)
    rest = Math.trunc(rest / 10)
  }
  return at + digits
}

const DATE_CHARACTERS = 10
const TIMESTAMP_CHARACTERS = 26
const MICRO_DIGITS = 6

/** A value has no bytes if it is zero, no time of the day if that is zero, and no microseconds if they are. */
const isDate = (bytes: number): boolean => bytes === 0 || bytes === 4 || bytes === 7 || bytes === 11

function putDate(source: Buffer, start: number, end: number, out: Buffer, first: number): number {
  const isZero = start === end
  let at = put(isZero ? 0 : source.readUInt16LE(start), 4, out, first)
  out[at++] = DASH
  at = put(isZero ? 0 : source[start + 2], 2, out, at)
  out[at++] = DASH
  return put(isZero ? 0 : source[start + 3], 2, out, at)
}

const DATE_WRITER: TextWriter = {
  mostBytes: DATE_CHARACTERS,
  write: (source, start, end, out, at) => (isDate(end - start) ? putDate(source, start, end, out, at) : -1),
}

function timestampWriter(decimals: number | undefined): TextWriter {
  const write: TextWriter['write'] = (source, start, end, out, first) => {
    const bytes = end - start
    if (!isDate(bytes)) return -1
    let at = putDate(source, start, end, out, first)
    out[at++] = SPACE
    at = put(bytes > 4 ? source[start + 4] : 0, 2, out, at)
    at = putMinutes(bytes > 4 ? source[start + 5] : 0, bytes > 4 ? source[start + 6] : 0, out, at)
    return putMicros(bytes > 7 ? source.readUInt32LE(start + 7) : 0, decimals, out, at)
  }
  return { mostBytes: TIMESTAMP_CHARACTERS, write }
}

const TIME_CHARACTERS = 18

/** A time is a sign, days, hours, minutes, seconds, and microseconds. It has no bytes if it is zero. */
function timeWriter(decimals: number | undefined): TextWriter {
  const write: TextWriter['write'] = (source, start, end, out, first) => {
    const bytes = end - start
    const isZero = bytes === 0
    if (!isZero && bytes !== 8 && bytes !== 12) return -1
    let at = first
    if (!isZero && source[start] !== 0) out[at++] = DASH
    const hours = isZero ? 0 : source.readUInt32LE(start + 1) * 24 + source[start + 5]
    if (hours > 9999) return -1
    at = integer(hours, 2, out, at)
    at = putMinutes(isZero ? 0 : source[start + 6], isZero ? 0 : source[start + 7], out, at)
    return putMicros(bytes > 8 ? source.readUInt32LE(start + 8) : 0, decimals, out, at)
  }
  return { mostBytes: TIME_CHARACTERS, write }
}

function putMinutes(minutes: number, seconds: number, out: Buffer, first: number): number {
  let at = first
  out[at++] = COLON
  at = put(minutes, 2, out, at)
  out[at++] = COLON
  return put(seconds, 2, out, at)
}

function putMicros(micros: number, decimals: number | undefined, out: Buffer, at: number): number {
  const digits = decimals ?? (micros === 0 ? 0 : MICRO_DIGITS)
  if (digits === 0) return at
  out[at] = DOT
  return put(Math.trunc(micros / 10 ** (MICRO_DIGITS - digits)), digits, out, at + 1)
}
