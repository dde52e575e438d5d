import { isUtf8 } from 'node:buffer'

/** Whether the bytes are UTF-8, for values that are too short to be worth a view. */
export function isShortUtf8(source: Buffer, start: number, end: number): boolean {
  let at = start | 0
  while (at < end) {
    const byte = source[at]
    at = (at + 1) | 0
    if (byte < 0x80) continue
    const count = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1
    if (byte < 0xc2 || byte > 0xf4 || at + count > end) return false
    const second = source[at]
    if (second < 0x80 || second > 0xbf) return false
    // Longer forms than needed, surrogates, and what is beyond Unicode.
    if (byte === 0xe0 && second < 0xa0) return false
    if (byte === 0xed && second > 0x9f) return false
    if (byte === 0xf0 && second < 0x90) return false
    if (byte === 0xf4 && second > 0x8f) return false
    if (count >= 2 && (source[at + 1] & 0xc0) !== 0x80) return false
    if (count === 3 && (source[at + 2] & 0xc0) !== 0x80) return false
    at = (at + count) | 0
  }
  return true
}

export const isLongUtf8 = (source: Buffer, start: number, end: number): boolean =>
  isUtf8(source.subarray(start, end))
