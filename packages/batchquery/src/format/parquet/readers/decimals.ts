import { combine, half, sign, split } from '../int64.ts'
import { CAST_TO_TEXT, type Refusal } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const DASH = 0x2d
const DOT = 0x2e
const DIGIT_0 = 0x30
const TWO_32 = 4_294_967_296
/** Digits that a double has exactly. */
const EXACT_DIGITS = 15
const LOWER_DIGITS = 9
/** In place of a value: the text is not just the digits of the scale. */
const NOT_PLAIN = -1

export function decimalRefusal(precision: number, scale: number, text: string): Refusal {
  if (/^[-+]?(nan|inf)/i.test(text))
    return {
      why: 'is not a decimal number',
      shown: text,
      hint: `Cast it to double, or filter it out. ${CAST_TO_TEXT}`,
    }
  return {
    why: `does not fit into DECIMAL(${precision},${scale})`,
    shown: text,
    hint: `Cast the column to a larger decimal. ${CAST_TO_TEXT}`,
  }
}

const refusal =
  (precision: number, scale: number): Reader['refusal'] =>
  (source, start, end) =>
    decimalRefusal(precision, scale, source.toString('latin1', start, end))

/** A number as text, without its sign and the zeros before it, as `normalize` finds it. */
const number = { isNegative: false, start: 0, dot: 0, end: 0, missingZeros: 0 }

/**
 * Finds the digits of a number that has any form of decimal: fewer or more fraction digits than the scale, if only zeros
 * are lost. Returns false if it is not a number or has more digits than the precision.
 */
function normalize(source: Buffer, first: number, last: number, precision: number, scale: number): boolean {
  let start = first
  let end = last
  number.isNegative = source[start] === DASH
  if (number.isNegative) start++
  let dot = -1
  for (let p = start; p < end; p++) {
    const byte = source[p]
    if (byte === DOT && dot < 0) dot = p
    else if (byte < DIGIT_0 || byte > DIGIT_0 + 9) return false
  }
  if (end - start < (dot < 0 ? 1 : 2)) return false
  if (dot < 0) dot = end
  while (end - dot - 1 > scale && source[end - 1] === DIGIT_0) end--
  const fraction = Math.max(0, end - dot - 1)
  if (fraction > scale) return false
  while (start < end && (source[start] === DIGIT_0 || source[start] === DOT)) start++
  const digits = end - start - (start <= dot && dot < end ? 1 : 0)
  number.start = start
  number.dot = dot
  number.end = end
  number.missingZeros = scale - fraction
  return digits + (digits === 0 ? 0 : number.missingZeros) <= precision
}

/** The most bytes, without a sign, of a number that `plainNumber` reads. */
const plainBytes = (precision: number, scale: number): number =>
  Math.min(precision, EXACT_DIGITS) + (scale === 0 ? 0 : 1)

/** Reads digits with a point before the last `scale` ones. Returns NOT_PLAIN if the text is longer than `longest` or anything else. */
function plainNumber(source: Buffer, start: number, end: number, scale: number, longest: number): number {
  let p = start | 0
  const dot = scale === 0 ? end : (end - 1 - scale) | 0
  if (end - p > longest || dot <= p || (scale !== 0 && source[dot] !== DOT)) return NOT_PLAIN
  let value = 0
  for (; p < dot; p = (p + 1) | 0) {
    const digit = (source[p] - DIGIT_0) | 0
    if (digit >>> 0 > 9) return NOT_PLAIN
    value = value * 10 + digit
  }
  for (p = (p + 1) | 0; p < end; p = (p + 1) | 0) {
    const digit = (source[p] - DIGIT_0) | 0
    if (digit >>> 0 > 9) return NOT_PLAIN
    value = value * 10 + digit
  }
  return value
}

/** Decimal text to a decimal of up to 9 digits on INT32, or up to 18 on INT64. */
export function shortDecimalReader(precision: number, scale: number, width: 4 | 8): Reader {
  const longest = plainBytes(precision, scale)
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      const isNegative = source[start] === DASH
      const value = plainNumber(source, isNegative ? start + 1 : start, end, scale, longest)
      if (value !== NOT_PLAIN) split(isNegative ? -value : value)
      else if (!readSlowly(source, start, end, precision, scale)) return refused(k)
      view.setInt32(at, half.low, true)
      if (width === 8) view.setInt32(at + 4, half.high, true)
      at = (at + width) | 0
    }
    return at
  }
  return fixedReader(width, read, refusal(precision, scale))
}

/** Reads a decimal of up to 18 digits into `half`. */
function readSlowly(source: Buffer, start: number, end: number, precision: number, scale: number): boolean {
  if (!normalize(source, start, end, precision, scale)) return false
  const { missingZeros } = number
  let digits = number.end - number.start - (number.start <= number.dot && number.dot < number.end ? 1 : 0)
  digits += missingZeros
  let upper = 0
  let lower = 0
  for (let p = number.start; p < number.end + missingZeros; p++) {
    if (p === number.dot && p < number.end) continue
    const digit = p < number.end ? source[p] - DIGIT_0 : 0
    if (digits > LOWER_DIGITS) upper = upper * 10 + digit
    else lower = lower * 10 + digit
    digits--
  }
  return combine(upper, lower) && sign(number.isNegative)
}

/** Decimal text to a decimal of up to 38 digits on 16 bytes, big-endian. */
export function longDecimalReader(precision: number, scale: number): Reader {
  const longest = plainBytes(precision, scale)
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      const isNegative = source[start] === DASH
      const value = plainNumber(source, isNegative ? start + 1 : start, end, scale, longest)
      if (value !== NOT_PLAIN) {
        split(isNegative ? -value : value)
        const above = half.high >> 31
        view.setInt32(at, above)
        view.setInt32(at + 4, above)
        view.setInt32(at + 8, half.high)
        view.setInt32(at + 12, half.low)
      } else {
        if (!normalize(source, start, end, precision, scale)) return refused(k)
        readLimbs(source)
        writeLimbs(view, at, isNegative)
      }
      at = (at + 16) | 0
    }
    return at
  }
  return fixedReader(16, read, refusal(precision, scale))
}

/** Writes the number that `normalize` found to the limbs. */
function readLimbs(source: Buffer): void {
  clearLimbs()
  const { start, dot, end, missingZeros } = number
  let chunk = 0
  let power = 1
  for (let p = start; p < end; p++) {
    if (p === dot) continue
    chunk = chunk * 10 + source[p] - DIGIT_0
    power *= 10
    if (power === CHUNK) {
      multiplyAdd(CHUNK, chunk)
      chunk = 0
      power = 1
    }
  }
  multiplyAdd(power, chunk)
  for (let zeros = missingZeros; zeros > 0; zeros--) multiplyAdd(10, 0)
}

/** Its product with a limb, and a carry, are exact in a double. */
const CHUNK = 1e6
/** 128 bits, the lowest first. */
const limbs = new Float64Array(4)

export const clearLimbs = (): void => {
  limbs.fill(0)
}

/** Multiplies the limbs by at most 10^6, and adds less than that. */
export function multiplyAdd(factor: number, summand: number): void {
  let carry = summand
  for (let k = 0; k < 4; k++) {
    const product = limbs[k] * factor + carry
    carry = Math.floor(product / TWO_32)
    limbs[k] = product - carry * TWO_32
  }
}

export function writeLimbs(view: DataView, at: number, isNegative: boolean): void {
  let borrow = isNegative ? 1 : 0
  for (let k = 0; k < 4; k++) {
    let limb = limbs[k]
    if (isNegative) {
      limb = TWO_32 - 1 - limb + borrow
      borrow = limb >= TWO_32 ? 1 : 0
    }
    view.setInt32(at + 12 - 4 * k, limb | 0)
  }
}

/** Whether the limbs have at most this many digits. */
export function limbsFit(precision: number): boolean {
  const bound = POWERS_OF_TEN[precision]
  for (let k = 3; k >= 0; k--) {
    if (limbs[k] !== bound[k]) return limbs[k] < bound[k]
  }
  return false
}

/** 10^0 to 10^38 as limbs. */
const POWERS_OF_TEN = Array.from({ length: 39 }, (_, exponent) => {
  const value = 10n ** BigInt(exponent)
  return Float64Array.from({ length: 4 }, (_, k) => Number((value >> BigInt(32 * k)) & 0xffffffffn))
})
