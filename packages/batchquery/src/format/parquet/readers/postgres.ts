import { dateRefusal } from './dates.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

// PostgreSQL's binary forms of fixed width: big-endian, dates and times from 2000-01-01.
// https://github.com/postgres/postgres/tree/master/src/backend/utils/adt (the functions *send)

const DAYS_TO_2000 = 10_957
const INFINITE = 0x7fffffff
const MINUS_INFINITE = -0x80000000
/** 2000-01-01 in microseconds is 220,417 * 2^32 + 993,517,568. */
const MICROS_TO_2000_HIGH = 220_417
const MICROS_TO_2000_LOW = 993_517_568
const TWO_32 = 4_294_967_296

const wrongLength = (width: number): Reader['refusal'] => {
  return (source, start, end) => ({
    why: `has ${end - start} bytes, but its type has ${width}`,
    shown: `0x${source.toString('hex', start, end)}`,
    hint: 'Cast the column to text in the query: x::text.',
  })
}

const ONE_TO_ONE = { isOneToOne: true }

/** int2 or int4 to INT32. */
export function int32FromBinary(width: 2 | 4): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== width) return refused(k)
      view.setInt32(at, width === 2 ? source.getInt16(start) : source.getInt32(start), true)
      at = (at + 4) | 0
    }
    return at
  }
  return fixedReader(4, read, wrongLength(width), ONE_TO_ONE)
}

/** float4 to FLOAT: the bytes in the other order. */
export const floatFromBinary = (): Reader => fixedReader(4, int32FromBinary(4).read, wrongLength(4))

/** int8 to INT64, and float8 to DOUBLE. */
const readEight: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const start = starts[k] | 0
    if (ends[k] - start !== 8) return refused(k)
    view.setInt32(at, source.getInt32(start + 4), true)
    view.setInt32(at + 4, source.getInt32(start), true)
    at = (at + 8) | 0
  }
  return at
}

export const int64FromBinary = (): Reader => fixedReader(8, readEight, wrongLength(8), ONE_TO_ONE)
export const doubleFromBinary = (): Reader => fixedReader(8, readEight, wrongLength(8))

/** int2 or int4 to INT64. */
export function int64FromShortBinary(width: 2 | 4): Reader {
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== width) return refused(k)
      const value = width === 2 ? source.getInt16(start) : source.getInt32(start)
      view.setInt32(at, value, true)
      view.setInt32(at + 4, value >> 31, true)
      at = (at + 8) | 0
    }
    return at
  }
  return fixedReader(8, read, wrongLength(width), ONE_TO_ONE)
}

const readBooleans: Reader['read'] = ({ source, starts, ends }, from, to, out, _view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const start = starts[k] | 0
    if (ends[k] - start !== 1 || source[start] > 1) return refused(k)
    out[at] = source[start]
    at = (at + 1) | 0
  }
  return at
}

export const booleanFromBinary = (): Reader => fixedReader(1, readBooleans, wrongLength(1))

const readDates: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const start = starts[k] | 0
    if (ends[k] - start !== 4) return refused(k)
    const day = source.getInt32(start)
    if (day === MINUS_INFINITE || day > INFINITE - DAYS_TO_2000) return refused(k)
    view.setInt32(at, day + DAYS_TO_2000, true)
    at = (at + 4) | 0
  }
  return at
}

export const dateFromBinary = (): Reader =>
  fixedReader(
    4,
    readDates,
    infiniteOr(4, source => `${source.readInt32BE()} days since 2000`),
    ONE_TO_ONE,
  )

const readTimestamps: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const start = starts[k] | 0
    if (ends[k] - start !== 8) return refused(k)
    const high = source.getInt32(start)
    const low = source.getUint32(start + 4)
    const lowSum = low + MICROS_TO_2000_LOW
    const highSum = high + MICROS_TO_2000_HIGH + (lowSum >= TWO_32 ? 1 : 0)
    if (highSum > INFINITE || (high === MINUS_INFINITE && low === 0)) return refused(k)
    view.setInt32(at, lowSum | 0, true)
    view.setInt32(at + 4, highSum, true)
    at = (at + 8) | 0
  }
  return at
}

/** timestamp and timestamptz to TIMESTAMP in microseconds. */
export const timestampFromBinary = (): Reader =>
  fixedReader(
    8,
    readTimestamps,
    infiniteOr(8, source => `${source.readBigInt64BE()} microseconds since 2000`),
    ONE_TO_ONE,
  )

/** The largest and the smallest number mean infinity. */
function infiniteOr(width: 4 | 8, shown: (source: Buffer) => string): Reader['refusal'] {
  return (source, start, end) => {
    if (end - start !== width) return wrongLength(width)(source, start, end)
    const bytes = source.toString('hex', start, end)
    const type = width === 4 ? 'date' : 'timestamp'
    if (bytes === '7f'.padEnd(2 * width, 'f')) return dateRefusal(type, 'infinity')
    if (bytes === '80'.padEnd(2 * width, '0')) return dateRefusal(type, '-infinity')
    return dateRefusal(type, shown(source.subarray(start, end)))
  }
}
