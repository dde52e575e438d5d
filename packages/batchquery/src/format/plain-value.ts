/** When a value may be written as it is, and what then stands around it. */
export interface PlainValue {
  /** None of these bytes is in it. */
  readonly unless: readonly number[]
  /** Before it and after it; empty for a bare value. */
  readonly quote: Uint8Array
  /** Whether that holds for an empty value, too. */
  readonly emptyToo: boolean
}

/** How many bytes `copyUnless` can look for. */
export const MOST_BYTES = 4

/** A byte in each of the four places of a word. */
const ONES = 0x01010101
const HIGH_BITS = 0x80808080 | 0

/**
 * Up to four bytes to look for, each repeated in a word: fewer are filled up with the first. Where there is none, see
 * `copyAll`.
 */
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
 * the value: the caller has that much left in both, and writes what follows later.
 *
 * A word holds the byte that `x` repeats where `word ^ x` has a zero byte, and that shows as a high bit of
 * `(y - ONES) & ~y`. https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
 */

/** Copies the bytes from `start` to `end` to `to`, and answers where they end there. */
export function copyAll(source: DataView, start: number, end: number, out: DataView, to: number): number {
  const shift = to - start
  for (let from = start; from < end; from += 4) out.setInt32(from + shift, source.getInt32(from, true), true)
  return end + shift
}

/** As `copyAll`; -1 where one of the bytes of `set` is among them. Then what is written does not count. */
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
  // what lies behind the value turns into 0xff, which is none of the bytes
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
