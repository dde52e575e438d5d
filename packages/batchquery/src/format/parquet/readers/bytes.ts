import { isLongUtf8, isShortUtf8 } from '../utf8.ts'
import type { Refusal } from '../value-error.ts'
import { type Values, WORD_SLACK } from '../values.ts'
import { type Reader, refused } from './reader.ts'

/** Longer values are copied by the runtime, not by words. */
const SHORT = 128
/** The high bits of four bytes: one is set if a byte is not ASCII. */
const NOT_ASCII = 0x80808080 | 0
const LENGTH_BYTES = 4

const room: Reader['room'] = ({ starts, ends }, from, to) => {
  let bytes = 0
  for (let k = from; k < to; k++) bytes += LENGTH_BYTES + ends[k] - starts[k]
  return bytes
}

/**
 * Copies the values, from `skip` bytes after their start on.
 *
 * @param high the bits of a word that make the value one to look at: NOT_ASCII for text, 0 for bytes
 */
export function copy(
  values: Values,
  from: number,
  to: number,
  out: Buffer,
  view: DataView,
  first: number,
  high: number,
  skip: number,
): number {
  const { source, view: words, starts, ends } = values
  const lastEnd = (source.length - WORD_SLACK) | 0
  let at = first | 0
  for (let k = from | 0; k < to; k = (k + 1) | 0) {
    const start = (starts[k] + skip) | 0
    const end = ends[k] | 0
    const length = (end - start) | 0
    view.setInt32(at, length, true)
    at = (at + LENGTH_BYTES) | 0
    if (length <= SHORT && end <= lastEnd) {
      const lastWord = (length - 4) | 0
      let seen = 0 | 0
      let p = 0 | 0
      for (; p <= lastWord; p = (p + 4) | 0) {
        const word = words.getInt32(start + p, true)
        seen |= word
        view.setInt32(at + p, word, true)
      }
      if (p < length) {
        const word = words.getInt32(start + p, true)
        seen |= word & ~(-1 << ((length - p) << 3))
        view.setInt32(at + p, word, true)
      }
      if ((seen & high) !== 0 && !isShortUtf8(source, start, end)) return refused(k)
    } else {
      source.copy(out, at, start, end)
      if (high !== 0 && !isLongUtf8(source, start, end)) return refused(k)
    }
    at = (at + length) | 0
  }
  return at
}

const invalidUtf8: Reader['refusal'] = (source, start, end): Refusal => ({
  why: `is not UTF-8 (its bytes: 0x${source.toString('hex', start, Math.min(end, start + 50))})`,
  hint: "Cast the column to bytes in the query: CAST(x AS BINARY) in MySQL, convert_to(x, 'UTF8') in PostgreSQL.",
})

/** Text as it is. */
export const utf8Reader: Reader = {
  isCopy: true,
  isOneToOne: true,
  hasZeroDates: false,
  room,
  read: (values, from, to, out, view, at) => copy(values, from, to, out, view, at, NOT_ASCII, 0),
  refusal: invalidUtf8,
}

/** Bytes as they are. */
export const bytesReader: Reader = {
  ...utf8Reader,
  read: (values, from, to, out, view, at) => copy(values, from, to, out, view, at, 0, 0),
}

const JSONB_VERSION = 1

/** PostgreSQL's jsonb: the JSON text after the number of the form's version. */
export const jsonbReader: Reader = {
  ...utf8Reader,
  isCopy: false,
  read(values, from, to, out, view, at) {
    const { source, starts, ends } = values
    for (let k = from; k < to; k++)
      if (ends[k] <= starts[k] || source[starts[k]] !== JSONB_VERSION) return refused(k)
    return copy(values, from, to, out, view, at, NOT_ASCII, 1)
  },
  refusal: (source, start, end) =>
    source[start] === JSONB_VERSION
      ? invalidUtf8(source, start + 1, end)
      : { why: 'is not jsonb of version 1', hint: 'Cast the column to text in the query: x::text.' },
}

const UUID_BYTES = 16
const UUID_TEXT = 36
const DASH = 0x2d
const HEX = Buffer.from('0123456789abcdef')

/** PostgreSQL's uuid to its text. */
export const uuidReader: Reader = {
  isCopy: false,
  isOneToOne: true,
  hasZeroDates: false,
  room: (_values, from, to) => (LENGTH_BYTES + UUID_TEXT) * (to - from),
  read({ source, starts, ends }, from, to, out, view, first) {
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      if (ends[k] - start !== UUID_BYTES) return refused(k)
      view.setInt32(at, UUID_TEXT, true)
      at = (at + LENGTH_BYTES) | 0
      for (let p = 0 | 0; p < UUID_BYTES; p = (p + 1) | 0) {
        if (p === 4 || p === 6 || p === 8 || p === 10) {
          out[at] = DASH
          at = (at + 1) | 0
        }
        const byte = source[start + p]
        out[at] = HEX[byte >> 4]
        out[at + 1] = HEX[byte & 15]
        at = (at + 2) | 0
      }
    }
    return at
  },
  refusal: (source, start, end) => ({
    why: `has ${end - start} bytes, but a uuid has 16`,
    shown: `0x${source.toString('hex', start, end)}`,
    hint: 'Cast the column to text in the query: x::text.',
  }),
}
