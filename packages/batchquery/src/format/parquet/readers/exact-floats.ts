import { CHANGE_TYPES, type Refusal } from '../value-error.ts'
import { Values } from '../values.ts'
import { digitsOf } from './any-number.ts'
import { doubleReader, floatReader } from './floats.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

// Floating-point numbers from numbers of another kind. A number is kept if it is the shortest text that means the nearest FLOAT or DOUBLE:
// 0.1 is kept, and 0.12345678901234567890 is not. So two different numbers never become one. An integer of the database must be the FLOAT
// or DOUBLE itself, because a reader may turn it into an integer again.

const DIGIT_0 = 0x30
const DOT = 0x2e
const DASH = 0x2d
/** A normal number of so many digits is always kept. */
const KEPT_DIGITS = { 4: 6, 8: 15 } as const
/** A text that is no longer and has no exponent is a normal number. A FLOAT's smallest one has 37 zeros after the point. */
const NORMAL_LENGTH = 36

/** Counts the digits of a plain number from the first one that is not a zero on. Returns -1 for any other text. */
function plainDigits(source: Buffer, start: number, end: number): number {
  let digits = 0 | 0
  if (end - start > NORMAL_LENGTH) return -1
  for (let p = source[start] === DASH ? start + 1 : start; p < end; p = (p + 1) | 0) {
    const byte = source[p]
    if (byte === DOT) continue
    if ((byte - DIGIT_0) >>> 0 > 9) return -1
    if (digits > 0 || byte !== DIGIT_0) digits = (digits + 1) | 0
  }
  return digits
}

function isKept(text: string, width: 4 | 8, isExact: boolean): boolean {
  const written = digitsOf(text)
  // The reader knows NaN and infinity, and refuses what is not a number.
  if (written === null || written.digits === '') return true
  const { digits, exponent } = written
  const nearest = Math.abs(width === 4 ? Math.fround(Number(text)) : Number(text))
  if (!Number.isFinite(nearest)) return false
  if (isExact && exponent >= 0) return BigInt(nearest) === BigInt(digits) * 10n ** BigInt(exponent)
  const again = digitsOf(shortestText(nearest, width))
  return again?.digits === digits && again.exponent === exponent
}

/** The shortest text that means this FLOAT (of 4 bytes) or DOUBLE, and no other one. */
export function shortestText(value: number, width: 4 | 8): string {
  if (width === 8 || !Number.isFinite(value)) return Object.is(value, -0) ? '-0' : `${value}`
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return `${Number(text)}`
  }
  return `${Number(value.toPrecision(9))}`
}

/**
 * Number text to FLOAT or DOUBLE.
 *
 * @param isExact whether an integer must be the FLOAT or DOUBLE itself
 */
export function keptFloatReader(width: 4 | 8, isExact: boolean): Reader {
  const base = width === 4 ? floatReader() : doubleReader()
  const keptDigits = KEPT_DIGITS[width]
  const read: Reader['read'] = (values, from, to, out, view, at) => {
    const { source, starts, ends } = values
    for (let k = from; k < to; k++) {
      const digits = plainDigits(source, starts[k], ends[k])
      if (digits >= 0 && digits <= keptDigits) continue
      if (!isKept(source.toString('latin1', starts[k], ends[k]), width, isExact)) return refused(k)
    }
    return base.read(values, from, to, out, view, at)
  }
  return fixedReader(width, read, (source, start, end) =>
    floatRefusal(width, source.toString('utf8', start, end)),
  )
}

const nameOf = (width: 4 | 8): string => (width === 4 ? 'FLOAT' : 'DOUBLE')

function floatRefusal(width: 4 | 8, text: string): Refusal {
  const written = digitsOf(text)
  const nearest = width === 4 ? Math.fround(Number(text)) : Number(text)
  const why =
    written === null
      ? 'is not a number'
      : Number.isFinite(nearest)
        ? `has digits that ${nameOf(width)} cannot store`
        : `is out of the range of ${nameOf(width)}`
  return { why, shown: text, hint: CHANGE_TYPES }
}

/** The text of a DOUBLE to the FLOAT that is the same number. */
export function floatFromDoubleReader(): Reader {
  const base = doubleReader()
  const value = new Values()
  const double = new DataView(new ArrayBuffer(8))
  const bytes = Buffer.from(double.buffer)
  const read: Reader['read'] = ({ source, starts, ends }, from, to, _out, view, first) => {
    let at = first
    for (let k = from; k < to; k++) {
      value.single(source, starts[k], ends[k])
      if (base.read(value, 0, 1, bytes, double, 0) < 0) return refused(k)
      if (!writeFloat(double.getFloat64(0, true), view, at)) return refused(k)
      at += 4
    }
    return at
  }
  return fixedReader(4, read, (source, start, end) => floatRefusal(4, source.toString('utf8', start, end)))
}

/** Writes a DOUBLE as FLOAT. Returns false if no FLOAT is the same number. */
export function writeFloat(double: number, view: DataView, at: number): boolean {
  view.setFloat32(at, double, true)
  return Object.is(Math.fround(double), double)
}
