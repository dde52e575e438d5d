import { combine, half, sign } from '../int64.ts'
import { CAST_TO_TEXT } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const DASH = 0x2d
const DIGIT_0 = 0x30
/** Digits that an int32 always has room for. */
const SHORT = 9

const refusal =
  (type: string): Reader['refusal'] =>
  () => ({
    why: `is not a valid ${type} integer`,
    hint: CAST_TO_TEXT,
  })

/** Decimal text to INT32. */
export function int32Reader(bits: 8 | 16 | 32, signed: boolean): Reader {
  const largest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  const smallest = signed ? -(2 ** (bits - 1)) : 0
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      const isNegative = source[start] === DASH
      let p = isNegative ? (start + 1) | 0 : start
      if (p >= end) return refused(k)
      let value = 0
      if (end - p <= SHORT) {
        let short = 0 | 0
        for (; p < end; p = (p + 1) | 0) {
          const digit = (source[p] - DIGIT_0) | 0
          if (digit >>> 0 > 9) return refused(k)
          short = (Math.imul(short, 10) + digit) | 0
        }
        value = short
      } else {
        for (; p < end; p = (p + 1) | 0) {
          const digit = source[p] - DIGIT_0
          if (digit < 0 || digit > 9) return refused(k)
          value = value * 10 + digit
        }
      }
      if (isNegative) value = -value
      if (value > largest || value < smallest) return refused(k)
      view.setInt32(at, value | 0, true)
      at = (at + 4) | 0
    }
    return at
  }
  return fixedReader(4, read, refusal(`${signed ? 'signed' : 'unsigned'} ${bits}-bit`))
}

/** Decimal text to INT64. */
export function int64Reader(signed: boolean): Reader {
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      if (end - start <= SHORT) {
        const isNegative = source[start] === DASH
        let p = isNegative ? (start + 1) | 0 : start
        if (p >= end || (isNegative && !signed)) return refused(k)
        let value = 0 | 0
        for (; p < end; p = (p + 1) | 0) {
          const digit = (source[p] - DIGIT_0) | 0
          if (digit >>> 0 > 9) return refused(k)
          value = (Math.imul(value, 10) + digit) | 0
        }
        if (isNegative) value = -value | 0
        view.setInt32(at, value, true)
        view.setInt32(at + 4, value >> 31, true)
      } else {
        if (!readLong(source, start, end, signed)) return refused(k)
        view.setInt32(at, half.low, true)
        view.setInt32(at + 4, half.high, true)
      }
      at = (at + 8) | 0
    }
    return at
  }
  return fixedReader(8, read, refusal(`${signed ? 'signed' : 'unsigned'} 64-bit`))
}

/** Reads up to 20 digits, and zeros before them, into `half`. */
function readLong(source: Buffer, start: number, end: number, signed: boolean): boolean {
  const isNegative = source[start] === DASH
  let p = isNegative ? start + 1 : start
  // A column with ZEROFILL may have any number of zeros.
  while (end - p > 19 && source[p] === DIGIT_0) p++
  if (end - p > 20) return false
  const split = end - SHORT
  let upper = 0
  for (; p < split; p++) {
    const digit = source[p] - DIGIT_0
    if (digit < 0 || digit > 9) return false
    upper = upper * 10 + digit
  }
  let lower = 0 | 0
  for (; p < end; p++) {
    const digit = (source[p] - DIGIT_0) | 0
    if (digit >>> 0 > 9) return false
    lower = (Math.imul(lower, 10) + digit) | 0
  }
  if (!combine(upper, lower)) return false
  if (signed) return sign(isNegative)
  return !isNegative
}
