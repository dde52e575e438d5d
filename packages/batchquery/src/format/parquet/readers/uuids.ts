import { CHANGE_TYPES } from '../value-error.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

const BYTES = 16
const DASH = 0x2d
/** Between which bytes a uuid with dashes has one. */
const DASH_BEFORE = new Set([4, 6, 8, 10])
/** The value of a hexadecimal digit; 16 for any other byte. */
const DIGITS = new Uint8Array(256).fill(16)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  DIGITS[text.charCodeAt(0)] = digit
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit
}

/** 16 bytes to UUID. */
export const uuidFromBytes = (): Reader =>
  fixedReader(
    BYTES,
    ({ source, starts, ends }, from, to, out, _view, first) => {
      let at = first
      for (let k = from; k < to; k++) {
        if (ends[k] - starts[k] !== BYTES) return refused(k)
        source.copy(out, at, starts[k], ends[k])
        at += BYTES
      }
      return at
    },
    (source, start, end) => ({
      why: `has ${end - start} bytes, but a UUID has 16`,
      shown: `0x${source.toString('hex', start, end)}`,
      hint: CHANGE_TYPES,
    }),
    { isOneToOne: true },
  )

/** 32 hexadecimal digits, in five groups with dashes between them or without any, to UUID. */
export const uuidFromText = (): Reader =>
  fixedReader(
    BYTES,
    ({ source, starts, ends }, from, to, out, _view, first) => {
      let at = first
      for (let k = from; k < to; k++) {
        if (!readUuid(source, starts[k], ends[k], out, at)) return refused(k)
        at += BYTES
      }
      return at
    },
    (source, start, end) => ({
      why: 'is not a UUID',
      shown: source.toString('utf8', start, end),
      hint: CHANGE_TYPES,
    }),
  )

function readUuid(source: Buffer, start: number, end: number, out: Buffer, at: number): boolean {
  const hasDashes = end - start === 2 * BYTES + DASH_BEFORE.size
  if (!hasDashes && end - start !== 2 * BYTES) return false
  let p = start
  for (let k = 0; k < BYTES; k++) {
    if (hasDashes && DASH_BEFORE.has(k) && source[p++] !== DASH) return false
    const high = DIGITS[source[p++]]
    const low = DIGITS[source[p++]]
    if (high > 15 || low > 15) return false
    out[at + k] = (high << 4) | low
  }
  return true
}
