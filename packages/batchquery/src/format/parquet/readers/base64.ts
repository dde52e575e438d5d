import { CAST_TO_TEXT } from '../value-error.ts'
import { type Reader, refused } from './reader.ts'

const LENGTH_BYTES = 4
/** Longer values are decoded by the runtime, through strings of at most so many characters. */
const SHORT = 128
const LONGEST_STRING = 64 * 1024
const PAD = 0x3d
/** The six bits of each character; above 63 for a character that base64 does not have. */
const BITS = new Uint8Array(256).fill(0xff)
for (const [bits, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  BITS[character.charCodeAt(0)] = bits

/** How many bytes the base64 text from `start` to `end` means, or -1 if its length is wrong. */
function bytesOf(source: Buffer, start: number, end: number): number {
  const length = end - start
  if (length === 0) return 0
  if (length % 4 !== 0) return -1
  const pads = source[end - 1] !== PAD ? 0 : source[end - 2] !== PAD ? 1 : 2
  return (length / 4) * 3 - pads
}

/** Writes `bytes` bytes at `at`, and up to two more. Returns false if a character is not one of base64's. */
function decodeShort(source: Buffer, start: number, bytes: number, out: Buffer, at: number): boolean {
  let p = start | 0
  let seen = 0 | 0
  for (let done = 0 | 0; done < bytes; done = (done + 3) | 0, p = (p + 4) | 0) {
    const rest = bytes - done
    const a = BITS[source[p]]
    const b = BITS[source[p + 1]]
    const c = rest > 1 ? BITS[source[p + 2]] : 0
    const d = rest > 2 ? BITS[source[p + 3]] : 0
    seen |= a | b | c | d
    out[at + done] = (a << 2) | (b >> 4)
    out[at + done + 1] = (b << 4) | (c >> 2)
    out[at + done + 2] = (c << 6) | d
  }
  return seen <= 63
}

/** Returns how many bytes it wrote: fewer than the text means if a character is not one of base64's. */
function decodeLong(source: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at
  for (let from = start; from < end; from += LONGEST_STRING) {
    const text = source.toString('latin1', from, Math.min(end, from + LONGEST_STRING))
    to += out.write(text, to, 'base64')
  }
  return to - at
}

/** Base64 to its bytes. */
export const base64Reader: Reader = {
  isCopy: false,
  isOneToOne: true,
  hasZeroDates: false,
  room({ starts, ends }, from, to) {
    let bytes = 0
    for (let k = from; k < to; k++) bytes += LENGTH_BYTES + ((ends[k] - starts[k] + 3) >>> 2) * 3
    return bytes
  },
  read({ source, starts, ends }, from, to, out, view, first) {
    let at = first
    for (let k = from; k < to; k++) {
      const start = starts[k]
      const end = ends[k]
      const bytes = bytesOf(source, start, end)
      if (bytes < 0) return refused(k)
      view.setInt32(at, bytes, true)
      at += LENGTH_BYTES
      const isDecoded =
        bytes <= SHORT
          ? decodeShort(source, start, bytes, out, at)
          : decodeLong(source, start, end, out, at) === bytes
      if (!isDecoded) return refused(k)
      at += bytes
    }
    return at
  },
  refusal: () => ({ why: 'is not base64', hint: CAST_TO_TEXT }),
}
