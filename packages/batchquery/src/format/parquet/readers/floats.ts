import { CAST_TO_TEXT, type Refusal } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const DASH = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const DIGIT_0 = 0x30
const LETTER_E = 0x65
const UPPER_CASE = 0x20
/** 10^0 to 10^22: doubles have them exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const LARGEST_POWER = 22
const LARGEST_EXACT = 2 ** 53
/** Digits that `upper * 10^9 + lower` may have with an exact `upper`. */
const MOST_DIGITS = 19
const LOWER_DIGITS = 9
/** Far more than the error of a remainder, and far less than what decides a rounding. */
const DOUBT = 1e-9
/** Splits a double into halves of 26 bits (Veltkamp). */
const SPLITTER = 134_217_729

const refusal =
  (type: string): Reader['refusal'] =>
  (): Refusal => ({ why: `is not a valid ${type}`, hint: CAST_TO_TEXT })

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '-nan': Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}
/** What `parseDouble` returns for a text that is not a double: no other result is NaN unless the text is. */
let isNumber = true

/** Number text to DOUBLE, to the nearest. Text beyond the range of a double is refused. */
export const doubleReader = (): Reader => fixedReader(8, readDoubles, refusal('double'))

const readDoubles: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const value = parseDouble(source, starts[k], ends[k])
    if (value - value !== 0 && !isNumber) return refused(k)
    view.setFloat64(at, value, true)
    at = (at + 8) | 0
  }
  return at
}

/** Number text to FLOAT, to the nearest. */
export const floatReader = (): Reader => fixedReader(4, readFloats, refusal('float'))

const readFloats: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const value = parseDouble(source, starts[k], ends[k])
    if (value - value !== 0 && !isNumber) return refused(k)
    const float = Math.fround(value)
    if (float - float !== 0 && value - value === 0) return refused(k)
    view.setFloat32(at, float, true)
    at = (at + 4) | 0
  }
  return at
}

/**
 * The double nearest to a number as text. Up to 19 digits and a power of ten up to 22 are computed; the few others go
 * through a string. Sets `isNumber` to false if it is not a number or too large.
 */
function parseDouble(source: Buffer, start: number, end: number): number {
  const isNegative = source[start] === DASH
  let p = isNegative ? (start + 1) | 0 : start | 0
  let upper = 0
  let lower = 0
  let digits = 0 | 0
  let fraction = 0 | 0
  let dot = false
  let exponent = 0
  let isEmpty = true
  for (; p < end; p = (p + 1) | 0) {
    const digit = (source[p] - DIGIT_0) | 0
    if (digit >>> 0 <= 9) {
      if (digits < MOST_DIGITS - LOWER_DIGITS) upper = upper * 10 + digit
      else lower = lower * 10 + digit
      isEmpty = false
      // Zeros before the number are none of its digits.
      if (digits !== 0 || digit !== 0) digits = (digits + 1) | 0
      if (dot) fraction = (fraction + 1) | 0
    } else if (digit === DOT - DIGIT_0 && !dot) dot = true
    else if ((source[p] | UPPER_CASE) === LETTER_E) {
      exponent = parseExponent(source, p + 1, end)
      break
    } else return viaString(source, start, end)
  }
  exponent -= fraction
  if (isEmpty || digits > MOST_DIGITS || exponent < -LARGEST_POWER || exponent > LARGEST_POWER)
    return viaString(source, start, end)
  const value =
    digits <= 15
      ? scaled(upper * POWERS[Math.max(0, digits - 10)] + lower, exponent)
      : nearest(upper, lower, POWERS[digits - 10], exponent)
  if (value === -1) return viaString(source, start, end)
  return isNegative ? -value : value
}

/** An exponent that `parseDouble` does not compute with. */
const NO_EXPONENT = 99

function parseExponent(source: Buffer, start: number, end: number): number {
  const isNegative = source[start] === DASH
  let p = isNegative || source[start] === PLUS ? start + 1 : start
  if (p >= end || end - p > 2) return NO_EXPONENT
  let value = 0
  for (; p < end; p++) {
    const digit = source[p] - DIGIT_0
    if (digit < 0 || digit > 9) return NO_EXPONENT
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

/** Both factors are exact, so the result is rounded once (Clinger). */
const scaled = (mantissa: number, exponent: number): number =>
  exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent]

/**
 * (upper * power + lower) * 10^exponent, or -1 if it is too near to the middle of two doubles. The mantissa is kept as the
 * exact sum of two doubles; the remainder says which way the last bit goes.
 */
function nearest(upper: number, lower: number, power: number, exponent: number): number {
  const product = upper * power
  const productTail = tailOfProduct(upper, power, product)
  const high = product + lower
  const low = lower - (high - product) + productTail
  if (low === 0 && high <= LARGEST_EXACT) return scaled(high, exponent)
  if (exponent === 0) return decided(high, low)
  if (exponent > 0) {
    const factor = POWERS[exponent]
    const result = high * factor
    return decided(result, tailOfProduct(high, factor, result) + low * factor)
  }
  const divisor = POWERS[-exponent]
  const quotient = high / divisor
  const back = quotient * divisor
  const remainder = high - back - tailOfProduct(quotient, divisor, back) + low
  return decided(quotient, remainder / divisor)
}

/** The double nearest to `value + tail`, or -1 in doubt. */
function decided(value: number, tail: number): number {
  const less = value + tail * (1 - DOUBT)
  return less === value + tail * (1 + DOUBT) ? less : -1
}

/** What `a * b` lost when it was rounded to `product` (Dekker). */
function tailOfProduct(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a
  const aHigh = aScaled - (aScaled - a)
  const aLow = a - aHigh
  const bScaled = SPLITTER * b
  const bHigh = bScaled - (bScaled - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

function viaString(source: Buffer, start: number, end: number): number {
  const text = source.toString('latin1', start, end)
  const special = SPECIAL[text.toLowerCase()]
  isNumber = true
  if (special !== undefined) return special
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  isNumber = Number.isFinite(value)
  return value
}
