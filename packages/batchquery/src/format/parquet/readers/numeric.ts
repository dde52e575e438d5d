import { combine, half, sign } from '../int64.ts'
import { clearLimbs, decimalRefusal, limbsFit, multiplyAdd, writeLimbs } from './decimals.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

// PostgreSQL's binary numeric: digits of base 10,000, the weight of the first one, a sign, and the fraction digits to show.
// https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/numeric.c (numeric_send)

const HEADER = 8
const BASE_DIGITS = 4
const NEGATIVE = 0x4000
const NAN = 0xc000
const INFINITE = 0xd000
const MINUS_INFINITE = 0xf000
const DASH = 0x2d
const DOT = 0x2e
const DIGIT_0 = 0x30
const POWERS = [1, 10, 100, 1000, 10_000]
/** Products with 10,000 stay exact in a double. */
const LOWER_BASE = 1e11
const LOWER_BASE_DIGITS = 11
const BILLION = 1e9
/** Groups of a number that INT64 may hold; more have too many digits. */
const MOST_GROUPS = 10

const isNumeric = (view: DataView, start: number, end: number): boolean =>
  end - start >= HEADER &&
  end - start === HEADER + 2 * view.getUint16(start) &&
  view.getUint16(start + 4) <= NEGATIVE

/** Whether what follows the scale is zero: it is the group at the scale's last digit, and those after it. */
function isWithinScale(
  view: DataView,
  start: number,
  digits: number,
  weight: number,
  scale: number,
): boolean {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS)
  const rest = POWERS[-lastGroup * BASE_DIGITS - scale]
  const index = weight - lastGroup
  if (index >= 0 && index < digits && rest > 1 && view.getUint16(start + HEADER + 2 * index) % rest !== 0)
    return false
  for (let k = Math.max(0, index + 1); k < digits; k++) {
    if (view.getUint16(start + HEADER + 2 * k) !== 0) return false
  }
  return true
}

/** numeric to a decimal of up to 9 digits on INT32, or up to 18 on INT64. */
export function shortDecimalFromNumeric(precision: number, scale: number, width: 4 | 8): Reader {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS)
  const lastRest = POWERS[-lastGroup * BASE_DIGITS - scale]
  const upperBound = 10 ** Math.max(0, precision - LOWER_BASE_DIGITS)
  const lowerBound = 10 ** Math.min(precision, LOWER_BASE_DIGITS)
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (!isNumeric(source, start, ends[k])) return refused(k)
      const digits = source.getUint16(start)
      const weight = digits === 0 ? 0 : source.getInt16(start + 2)
      if (weight - lastGroup > MOST_GROUPS || !isWithinScale(source, start, digits, weight, scale))
        return refused(k)
      let upper = 0
      let lower = 0
      for (let group = weight; group >= lastGroup; group--) {
        const index = weight - group
        let digit = index < digits ? source.getUint16(start + HEADER + 2 * index) : 0
        let factor = 10_000
        if (group === lastGroup && lastRest > 1) {
          digit = Math.floor(digit / lastRest)
          factor = 10_000 / lastRest
        }
        const product = lower * factor + digit
        const carry = Math.floor(product / LOWER_BASE)
        lower = product - carry * LOWER_BASE
        upper = upper * factor + carry
      }
      if (upper >= upperBound || lower >= lowerBound) return refused(k)
      const billions = Math.floor(lower / BILLION)
      combine(upper * 100 + billions, lower - billions * BILLION)
      sign(source.getUint16(start + 4) === NEGATIVE)
      view.setInt32(at, half.low, true)
      if (width === 8) view.setInt32(at + 4, half.high, true)
      at = (at + width) | 0
    }
    return at
  }
  return fixedReader(width, read, refusal(precision, scale))
}

/** numeric to a decimal of up to 38 digits on 16 bytes. */
export function longDecimalFromNumeric(precision: number, scale: number): Reader {
  const lastGroup = -Math.ceil(scale / BASE_DIGITS)
  const lastRest = POWERS[-lastGroup * BASE_DIGITS - scale]
  const mostGroups = Math.ceil((precision - scale) / BASE_DIGITS)
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (!isNumeric(source, start, ends[k])) return refused(k)
      const digits = source.getUint16(start)
      // Zero has no digits, and fits even if there is none before the point.
      const weight = digits === 0 ? -1 : source.getInt16(start + 2)
      // Otherwise the limbs might overflow.
      if (weight >= mostGroups || !isWithinScale(source, start, digits, weight, scale)) return refused(k)
      clearLimbs()
      for (let group = weight; group >= lastGroup; group--) {
        const index = weight - group
        const digit = index < digits ? source.getUint16(start + HEADER + 2 * index) : 0
        if (group === lastGroup && lastRest > 1) multiplyAdd(10_000 / lastRest, Math.floor(digit / lastRest))
        else multiplyAdd(10_000, digit)
      }
      if (!limbsFit(precision)) return refused(k)
      writeLimbs(view, at, source.getUint16(start + 4) === NEGATIVE)
      at = (at + 16) | 0
    }
    return at
  }
  return fixedReader(16, read, refusal(precision, scale))
}

const refusal =
  (precision: number, scale: number): Reader['refusal'] =>
  (source, start, end) =>
    decimalRefusal(precision, scale, textOfNumeric(source, start, end))

const SPECIAL: Readonly<Record<number, string>> = {
  [NAN]: 'NaN',
  [INFINITE]: 'Infinity',
  [MINUS_INFINITE]: '-Infinity',
}
const LONGEST_SPECIAL = 9

/** The text of a numeric of any precision, as PostgreSQL writes it. */
export const textFromNumeric: Reader = {
  isCopy: false,
  isOneToOne: true,
  hasZeroDates: false,
  room({ view, starts, ends }, from, to) {
    let bytes = 0
    for (let k = from; k < to; k++) {
      if (ends[k] - starts[k] < HEADER) continue
      const groups = Math.max(0, view.getInt16(starts[k] + 2) + 1)
      bytes += 4 + LONGEST_SPECIAL + BASE_DIGITS * groups + view.getUint16(starts[k] + 6) + BASE_DIGITS
    }
    return bytes
  },
  read({ view: source, starts, ends }, from, to, out, view, first) {
    let at = first
    for (let k = from; k < to; k++) {
      const start = starts[k]
      const special = ends[k] - start === HEADER ? SPECIAL[source.getUint16(start + 4)] : undefined
      let end: number
      if (special !== undefined) end = at + 4 + out.write(special, at + 4, 'latin1')
      else if (isNumeric(source, start, ends[k])) end = writeNumeric(source, start, out, at + 4)
      else return refused(k)
      view.setInt32(at, end - at - 4, true)
      at = end
    }
    return at
  },
  refusal: (source, start, end) => ({
    why: 'is not a numeric',
    shown: `0x${source.toString('hex', start, end)}`,
    hint: 'Cast the column to text in the query: x::text.',
  }),
}

function writeNumeric(source: DataView, start: number, out: Buffer, first: number): number {
  const digits = source.getUint16(start)
  const weight = source.getInt16(start + 2)
  const scale = source.getUint16(start + 6)
  const groupAt = (group: number): number => {
    const index = weight - group
    return index >= 0 && index < digits ? source.getUint16(start + HEADER + 2 * index) : 0
  }
  let at = first
  if (source.getUint16(start + 4) === NEGATIVE) out[at++] = DASH
  const whole = at
  for (let group = Math.max(weight, 0); group >= 0; group--) {
    const value = groupAt(group)
    for (let power = 1000; power >= 1; power /= 10) {
      const digit = Math.floor(value / power) % 10
      // Zeros before the number are left out, but not the last one.
      if (digit !== 0 || at > whole || (group === 0 && power === 1)) out[at++] = DIGIT_0 + digit
    }
  }
  if (scale === 0) return at
  out[at++] = DOT
  for (let k = 0; k < scale; k++) {
    const power = POWERS[BASE_DIGITS - 1 - (k % BASE_DIGITS)]
    out[at++] = DIGIT_0 + (Math.floor(groupAt(-1 - Math.floor(k / BASE_DIGITS)) / power) % 10)
  }
  return at
}

function textOfNumeric(source: Buffer, start: number, end: number): string {
  const view = new DataView(source.buffer, source.byteOffset, source.length)
  if (end - start === HEADER) {
    const special = SPECIAL[view.getUint16(start + 4)]
    if (special !== undefined) return special
  }
  if (!isNumeric(view, start, end)) return `0x${source.toString('hex', start, end)}`
  const length = BASE_DIGITS * (Math.max(0, view.getInt16(start + 2)) + 2) + view.getUint16(start + 6) + 2
  const out = Buffer.alloc(length)
  return out.toString('latin1', 0, writeNumeric(view, start, out, 0))
}
