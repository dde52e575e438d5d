/** When a value may be written as it is, and the bytes that are then around it. */
export interface PlainValue {
  /**
   * A value is plain if it has none of these bytes. `not in JSON`: if it is printable ASCII without a quote or backslash, so it is the
   * content of a JSON string. `not a number`: if it begins as a number of JSON does, because the rest is digits, as its type says.
   */
  readonly unless: readonly number[] | 'not in JSON' | 'not a number'
  /** Before and after the value; empty for a bare value. */
  readonly quote: Uint8Array
  /** Whether an empty value is plain, too. */
  readonly emptyToo: boolean
}

/** How many bytes `copyUnless` can look for. */
export const MOST_BYTES = 4

/** A byte in each of the four places of a word. */
const ONES = 0x01010101
const HIGH_BITS = 0x80808080 | 0

/** One to four bytes to look for, each repeated in a word: fewer are filled up with the first. */
export class ByteSet {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number

  constructor(bytes: readonly number[]) {
    const [first = 0, second = first, third = first, fourth = first] = bytes
    this.a = Math.imul(first, ONES)
    this.b = Math.imul(second, ONES)
    this.c = Math.imul(third, ONES)
    this.d = Math.imul(fourth, ONES)
  }
}

/*
 * Values are copied four bytes at a time, which for the short ones that most tables are made of takes a third of the time
 * of a loop over bytes and a tenth of a call of `set`. The last word may be read and written up to three bytes beyond
 * the value: the caller has so many bytes in both, and writes what follows later.
 *
 * A word has the byte that `x` repeats if `word ^ x` has a zero byte, which is visible as a high bit of
 * `(y - ONES) & ~y`. https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
 */

/** Copies the bytes from `start` to `end` to `to`, and returns where they end there. */
export function copyAll(source: DataView, start: number, end: number, out: DataView, to: number): number {
  const shift = to - start
  for (let from = start; from < end; from += 4) out.setInt32(from + shift, source.getInt32(from, true), true)
  return end + shift
}

/** Like `copyAll`; -1 if one of the bytes of the set is among them. Then the copy does not count. */
export function copyUnless(
  source: DataView,
  start: number,
  end: number,
  out: DataView,
  to: number,
  { a, b, c, d }: ByteSet,
): number {
  const shift = to - start
  let from = start
  for (const lastWord = end - 4; from <= lastWord; from += 4) {
    const word = source.getInt32(from, true)
    if (hasOneOf(word, a, b, c, d)) return -1
    out.setInt32(from + shift, word, true)
  }
  if (from === end) return end + shift
  const word = source.getInt32(from, true)
  // the bytes after the value become 0xff, which is none of the set
  if (hasOneOf(word | (-1 << ((end - from) << 3)), a, b, c, d)) return -1
  out.setInt32(from + shift, word, true)
  return end + shift
}

function hasOneOf(word: number, a: number, b: number, c: number, d: number): boolean {
  const p = word ^ a
  const q = word ^ b
  const r = word ^ c
  const s = word ^ d
  const zeros = ((p - ONES) & ~p) | ((q - ONES) & ~q) | ((r - ONES) & ~r) | ((s - ONES) & ~s)
  return (zeros & HIGH_BITS) !== 0
}

/** Like `copyAll`; -1 if a byte is not printable ASCII, or is a quote or backslash. Then the copy does not count. */
export function copyJson(source: DataView, start: number, end: number, out: DataView, to: number): number {
  const shift = to - start
  let from = start
  for (const lastWord = end - 4; from <= lastWord; from += 4) {
    const word = source.getInt32(from, true)
    if (isNotInJson(word)) return -1
    out.setInt32(from + shift, word, true)
  }
  if (from === end) return end + shift
  const word = source.getInt32(from, true)
  // The bytes after the value become blanks.
  const rest = -1 << ((end - from) << 3)
  if (isNotInJson((word & ~rest) | (0x20202020 & rest))) return -1
  out.setInt32(from + shift, word, true)
  return end + shift
}

/**
 * Whether one of the four bytes is below 0x20, from 0x80 on, a quote or a backslash. Without a byte from 0x80 on, each subtraction sets the
 * high bit of exactly the lowest byte that it looks for, and possibly of higher ones.
 */
export const isNotInJson = (word: number): boolean => jsonMarks(word) !== 0

/** Has the high bit of the first such byte, and maybe of some after it; 0 if there is none. */
export function jsonMarks(word: number): number {
  const noControl = word - 0x20202020
  const noQuote = (word ^ 0x22222222) - ONES
  const noBackslash = (word ^ 0x5c5c5c5c) - ONES
  return (word | noControl | noQuote | noBackslash) & HIGH_BITS
}

/** Whether a number begins as one of JSON does: no letter, no plus sign, no zero before another digit. It may be false for a single zero. */
export function startsNumber(bytes: Uint8Array, at: number): boolean {
  let first = bytes[at] | 0
  let second = bytes[at + 1] | 0
  if (first === 0x2d) {
    first = second
    second = bytes[at + 2] | 0
  }
  return (first - 0x31) >>> 0 <= 8 || (first === 0x30 && (second - 0x30) >>> 0 > 9)
}
