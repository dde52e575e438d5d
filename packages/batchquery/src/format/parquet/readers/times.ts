import { half, split } from '../int64.ts'
import { CHANGE_TYPES } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const COLON = 0x3a
const DOT = 0x2e
const DIGIT_0 = 0x30
const MICROS_PER_SECOND = 1e6
const NO_TIME = -1

/** Time text to TIME in microseconds. */
export const timeReader = (): Reader =>
  fixedReader(8, readTimes, (source, start, end) => ({
    why: 'is not a time of day from 00:00:00 to 23:59:59.999999',
    shown: source.toString('utf8', start, end),
    hint: CHANGE_TYPES,
  }))

const readTimes: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
  let at = first
  for (let k = from; k < to; k++) {
    const micros = microsOf(source, starts[k], ends[k])
    if (micros === NO_TIME) return refused(k)
    split(micros)
    view.setInt32(at, half.low, true)
    view.setInt32(at + 4, half.high, true)
    at += 8
  }
  return at
}

/** Reads HH:MM:SS[.f]. Digits after the sixth one must be zeros. */
function microsOf(source: Buffer, start: number, end: number): number {
  const length = end - start
  if (length < 8 || source[start + 2] !== COLON || source[start + 5] !== COLON) return NO_TIME
  const hours = two(source, start)
  const minutes = two(source, start + 3)
  const seconds = two(source, start + 6)
  if (hours > 23 || minutes > 59 || seconds > 59) return NO_TIME
  const micros = (hours * 3600 + minutes * 60 + seconds) * MICROS_PER_SECOND
  if (length === 8) return micros
  if (length === 9 || source[start + 8] !== DOT) return NO_TIME
  let fraction = 0
  let unit = MICROS_PER_SECOND / 10
  for (let p = start + 9; p < end; p++) {
    const digit = source[p] - DIGIT_0
    if (digit < 0 || digit > 9 || (unit < 1 && digit > 0)) return NO_TIME
    if (unit >= 1) fraction += digit * unit
    unit /= 10
  }
  return micros + fraction
}

/** A number of two digits, or 100 if they are not digits. */
function two(source: Buffer, at: number): number {
  const tens = source[at] - DIGIT_0
  const ones = source[at + 1] - DIGIT_0
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 100 : tens * 10 + ones
}
