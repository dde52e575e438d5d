import type { Escape } from '../rows/row-form.ts'
import { asBuffer } from './text.ts'

const CHARACTERS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PAD = 0x3d
/** Longer values are written by the runtime, through strings of at most so many characters. */
const SHORT = 96
const STRING_BYTES = 48 * 1024

/** Writes bytes as base64. */
export const base64FromBytes: Escape = (source, start, end, out, first) => {
  if (end - start > SHORT) return base64FromLong(source, start, end, out, first)
  const characters = CHARACTERS
  let to = first | 0
  let from = start | 0
  for (const last = (end - 2) | 0; from < last; from = (from + 3) | 0) {
    const bits = (source[from] << 16) | (source[from + 1] << 8) | source[from + 2]
    out[to] = characters[bits >> 18]
    out[to + 1] = characters[(bits >> 12) & 63]
    out[to + 2] = characters[(bits >> 6) & 63]
    out[to + 3] = characters[bits & 63]
    to = (to + 4) | 0
  }
  return from < end ? rest(source[from], from + 1 < end ? source[from + 1] : -1, out, to) : to
}

/** The last one or two bytes. @param second -1 if there is one */
function rest(head: number, second: number, out: Uint8Array, at: number): number {
  const bits = (head << 16) | (second < 0 ? 0 : second << 8)
  out[at] = CHARACTERS[bits >> 18]
  out[at + 1] = CHARACTERS[(bits >> 12) & 63]
  out[at + 2] = second < 0 ? PAD : CHARACTERS[(bits >> 6) & 63]
  out[at + 3] = PAD
  return at + 4
}

function base64FromLong(
  source: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  first: number,
): number {
  const bytes = asBuffer(source)
  const target = asBuffer(out)
  let to = first
  for (let from = start; from < end; from += STRING_BYTES)
    to += target.write(bytes.toString('base64', from, Math.min(end, from + STRING_BYTES)), to, 'latin1')
  return to
}

/** The value of each hexadecimal digit; 0xff for another byte. */
const DIGITS = new Uint8Array(256).fill(0xff)
for (const digit of '0123456789abcdefABCDEF') DIGITS[digit.charCodeAt(0)] = Number.parseInt(digit, 16)

/** Writes bytes that come as hexadecimal digits as base64. */
export const base64FromHex: Escape = (source, start, end, out, first) => {
  const digits = DIGITS
  const characters = CHARACTERS
  let to = first | 0
  let from = start | 0
  let seen = 0
  for (const last = (end - 5) | 0; from < last; from = (from + 6) | 0) {
    const a = digits[source[from]]
    const b = digits[source[from + 1]]
    const c = digits[source[from + 2]]
    const d = digits[source[from + 3]]
    const e = digits[source[from + 4]]
    const f = digits[source[from + 5]]
    seen |= a | b | c | d | e | f
    out[to] = characters[((a << 2) | (b >> 2)) & 63]
    out[to + 1] = characters[((b << 4) | c) & 63]
    out[to + 2] = characters[((d << 2) | (e >> 2)) & 63]
    out[to + 3] = characters[((e << 4) | f) & 63]
    to = (to + 4) | 0
  }
  const digitsLeft = end - from
  for (let at = from; at < end; at++) seen |= digits[source[at]]
  if (seen > 15 || digitsLeft % 2 !== 0) return -1
  const byteAt = (at: number): number => (at < end ? (digits[source[at]] << 4) | digits[source[at + 1]] : -1)
  return digitsLeft === 0 ? to : rest(byteAt(from), byteAt(from + 2), out, to)
}

/** The bytes from `start` on that are groups of `bytes`, each of which becomes four characters. */
export const groupsOf =
  (bytes: number) =>
  (_source: Uint8Array, start: number, end: number): number =>
    end - ((end - start) % bytes)
