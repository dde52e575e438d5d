import { half } from '../int64.ts'
import { CAST_TO_TEXT, type Refusal } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const DIGIT_0 = 0x30
const DASH = 0x2d
const PLUS = 0x2b
const COLON = 0x3a
const DOT = 0x2e
const SPACE = 0x20
const LETTER_T = 0x54
const TWO_32 = 4_294_967_296
const MICROS_PER_SECOND = 1e6
const SECONDS_PER_DAY = 86_400
/** A day in microseconds is 20 * 2^32 + 500,654,080. */
const DAY_HIGH = 20
const DAY_LOW = 500_654_080
/** Up to here a number of days times DAY_LOW is exact. */
const EXACT_DAYS = 1e7

/** Days from 1970-01-01 in the proleptic Gregorian calendar; year 0 is the one before year 1. */
export function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const m = month <= 2 ? month + 9 : month - 3
  const century = Math.floor(y / 100)
  return (
    365 * y +
    Math.floor(y / 4) -
    century +
    Math.floor(century / 4) +
    Math.floor((153 * m + 2) / 5) +
    day -
    719_469
  )
}

const DAYS_IN_MONTH = Int32Array.of(0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month]) return false
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

/** A number of two digits, or a number of 100 or more if they are not digits. */
function two(source: Buffer, at: number): number {
  const tens = (source[at] - DIGIT_0) | 0
  const ones = (source[at + 1] - DIGIT_0) | 0
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? 100 : (tens * 10 + ones) | 0
}

const NO_DAY = -0x80000000
/** The end of the date that `parseDay` read last. */
let dayEnd = 0

/**
 * Reads YYYY-MM-DD to days since 1970, or returns NO_DAY. The year has four or more digits. `end` is the end of the value;
 * a BC at it makes the year one before year 1.
 */
function parseDay(source: Buffer, start: number, end: number): number {
  let p = (start + 4) | 0
  if (end - start < 10) return NO_DAY
  const century = two(source, start)
  const rest = two(source, start + 2)
  if (century > 99 || rest > 99) return NO_DAY
  let year = century * 100 + rest
  for (; source[p] !== DASH; p++) {
    const digit = source[p] - DIGIT_0
    if (digit < 0 || digit > 9 || p >= end || year > 999_999) return NO_DAY
    year = year * 10 + digit
  }
  if (p + 6 > end || source[p + 3] !== DASH) return NO_DAY
  if (isBeforeChrist(source, end)) year = 1 - year
  const month = two(source, p + 1)
  const day = two(source, p + 4)
  if (!isDay(year, month, day)) return NO_DAY
  dayEnd = p + 6
  return daysOf(year, month, day)
}

const isBeforeChrist = (source: Buffer, end: number): boolean =>
  source[end - 1] === 0x43 && source[end - 2] === 0x42 && source[end - 3] === SPACE

const refusal =
  (type: string): Reader['refusal'] =>
  (source, start, end) =>
    dateRefusal(type, source.toString('latin1', start, end))

/** @returns null if the text is not a zero or partial date */
export function zeroDateRefusal(text: string): Refusal | null {
  if (!/^\d{4,}-(?:00-\d\d|\d\d-00)\b/.test(text)) return null
  const hint = 'Write INVALID DATES NULL to export NULL for such dates, or replace them in the query.'
  return { why: 'is not in the calendar', shown: text, hint }
}

export function dateRefusal(type: string, text: string): Refusal {
  const zeroDate = zeroDateRefusal(text)
  if (zeroDate !== null) return zeroDate
  const infinite = /^-?infinity$/i.test(text)
  const why = infinite ? `cannot be a ${type} in Parquet` : `is not a valid ${type}, or is out of its range`
  return { why, shown: text, hint: `Filter it out, or replace it with a date or NULL. ${CAST_TO_TEXT}` }
}

/** Date text to DATE. */
export const dateReader = (): Reader =>
  fixedReader(4, readDates, refusal('date'), { isOneToOne: true, hasZeroDates: true })

const readDates: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const end = ends[k]
    const day = parseDay(source, starts[k], end)
    if (day === NO_DAY || dayEnd !== (isBeforeChrist(source, end) ? end - 3 : end)) return refused(k)
    view.setInt32(at, day, true)
    at = (at + 4) | 0
  }
  return at
}

/**
 * Date and time text to TIMESTAMP in microseconds.
 *
 * @param utc whether the text may have an offset
 */
export function timestampReader(
  utc: boolean,
  offsetAt: ((localSeconds: number) => number) | undefined,
): Reader {
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      if (!readTimestamp(source, starts[k], ends[k], utc, offsetAt)) return refused(k)
      view.setInt32(at, half.low, true)
      view.setInt32(at + 4, half.high, true)
      at = (at + 8) | 0
    }
    return at
  }
  const why = refusal('timestamp')
  const explain: Reader['refusal'] =
    offsetAt === undefined
      ? why
      : (...place) => ambiguous(why(...place), readTimestamp(...place, utc, undefined))
  return fixedReader(8, read, explain, { isOneToOne: !utc, hasZeroDates: true })
}

/** A time that can be read is refused only because of the zone. */
export const ambiguous = (refusal: Refusal, isTime: boolean): Refusal =>
  isTime
    ? {
        ...refusal,
        why: "cannot become UTC, because the session's time zone has that time twice or not at all",
        hint: "Write SET time_zone = '+00:00' before the query.",
      }
    : refusal

/** Reads YYYY-MM-DD HH:MM:SS[.f{1,6}][+HH[:MM[:SS]]][ BC] into `half`. */
function readTimestamp(
  source: Buffer,
  start: number,
  last: number,
  utc: boolean,
  offsetAt: ((localSeconds: number) => number) | undefined,
): boolean {
  const day = parseDay(source, start, last)
  if (day === NO_DAY) return false
  const end = isBeforeChrist(source, last) ? last - 3 : last
  let p = dayEnd
  let seconds = 0
  let fraction = 0
  let hasOffset = false
  if (p < end) {
    if (end - p < 9 || (source[p] !== SPACE && source[p] !== LETTER_T)) return false
    if (source[p + 3] !== COLON || source[p + 6] !== COLON) return false
    const hour = two(source, p + 1)
    const minute = two(source, p + 4)
    const second = two(source, p + 7)
    if (hour > 23 || minute > 59 || second > 59) return false
    seconds = (hour * 3600 + minute * 60 + second) | 0
    p = (p + 9) | 0
    if (p < end && source[p] === DOT) {
      let digits = 0 | 0
      for (p = (p + 1) | 0; p < end; p = (p + 1) | 0) {
        const digit = (source[p] - DIGIT_0) | 0
        if (digit >>> 0 > 9) break
        fraction = (fraction * 10 + digit) | 0
        digits = (digits + 1) | 0
        if (digits > 6) return false
      }
      if (digits === 0) return false
      for (; digits < 6; digits = (digits + 1) | 0) fraction = (fraction * 10) | 0
    }
    if (p < end) {
      if (!utc) return false
      const offset = offsetOf(source, p, end)
      if (offset === NO_OFFSET) return false
      hasOffset = true
      seconds -= offset
    }
  }
  return inUtc(day, seconds, fraction, utc && !hasOffset ? offsetAt : undefined)
}

/** Puts a time into `half`, converted to UTC if there is a zone. Returns false if that is not possible. */
function inUtc(
  day: number,
  seconds: number,
  fraction: number,
  offsetAt: ((localSeconds: number) => number) | undefined,
): boolean {
  const offset = offsetAt === undefined ? 0 : offsetAt(day * SECONDS_PER_DAY + seconds)
  if (Number.isNaN(offset)) return false
  return micros(day, (seconds - offset) * MICROS_PER_SECOND + fraction)
}

/** As `inUtc`, into `out` at `at`. */
export function putTimestamp(
  day: number,
  seconds: number,
  fraction: number,
  offsetAt: ((localSeconds: number) => number) | undefined,
  out: DataView,
  at: number,
): boolean {
  if (!inUtc(day, seconds, fraction, offsetAt)) return false
  out.setInt32(at, half.low, true)
  out.setInt32(at + 4, half.high, true)
  return true
}

const NO_OFFSET = 1e9

/** How many seconds a time with the offset +HH[:MM[:SS]] is ahead of UTC. */
function offsetOf(source: Buffer, start: number, end: number): number {
  const sign = source[start]
  if (sign !== PLUS && sign !== DASH) return NO_OFFSET
  let seconds = 0
  let unit = 3600
  let p = start + 1
  for (;;) {
    const value = p + 2 > end ? 100 : two(source, p)
    if (value > 59) return NO_OFFSET
    seconds += value * unit
    p += 2
    if (p === end) return sign === PLUS ? seconds : -seconds
    if (unit === 1 || source[p] !== COLON) return NO_OFFSET
    p++
    unit /= 60
  }
}

/** 1024 days in microseconds, in two halves. */
const BLOCK_HIGH = Math.floor((1024 * SECONDS_PER_DAY * MICROS_PER_SECOND) / TWO_32)
const BLOCK_LOW = 1024 * SECONDS_PER_DAY * MICROS_PER_SECOND - BLOCK_HIGH * TWO_32

/** Puts days and microseconds of the day into `half`. Returns false if an int64 has no room. */
function micros(day: number, ofDay: number): boolean {
  if (day < EXACT_DAYS && day > -EXACT_DAYS) {
    const low = day * DAY_LOW + ofDay
    half.low = low | 0
    half.high = (day * DAY_HIGH + Math.floor(low / TWO_32)) | 0
    return true
  }
  const block = Math.floor(day / 1024)
  const low = block * BLOCK_LOW + (day - block * 1024) * SECONDS_PER_DAY * MICROS_PER_SECOND + ofDay
  const high = block * BLOCK_HIGH + Math.floor(low / TWO_32)
  half.low = low | 0
  half.high = high | 0
  return high >= -0x80000000 && high <= 0x7fffffff
}
