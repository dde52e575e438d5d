import type { CharacterEncoding } from '../column.ts'
import type { ValueEncoder } from './row-form.ts'

/**
 * Returns how many bytes the character at `at` takes. Bytes that are not a whole character of the encoding before `end`
 * count one by one, as on the server.
 */
export type CharacterLength = (source: Uint8Array, at: number, end: number) => number

export interface Characters {
  readonly lengthAt: CharacterLength
  /** The most bytes of a character. */
  readonly longest: number
  /** No character of several bytes has a byte below this one. */
  readonly lowestByte: number
}

/** A set of byte values, given by its ranges, both ends included. */
function bytesIn(...ranges: readonly (readonly [number, number])[]): Uint8Array {
  const set = new Uint8Array(256)
  for (const [first, last] of ranges) set.fill(1, first, last + 1)
  return set
}

const pairs =
  (heads: Uint8Array, tails: Uint8Array): CharacterLength =>
  (source, at, end) =>
    at + 1 < end && heads[source[at]] === 1 && tails[source[at + 1]] === 1 ? 2 : 1

const pairsFrom = (lowestByte: number, heads: Uint8Array, tails: Uint8Array): Characters => ({
  lengthAt: pairs(heads, tails),
  longest: 2,
  lowestByte,
})

const isTail = (byte: number): boolean => (byte & 0xc0) === 0x80

/** Overlong forms are not characters; surrogates are, as in MariaDB (MySQL never stores them). */
const utf8Length: CharacterLength = (source, at, end) => {
  const head = source[at]
  if (head < 0xc2 || head > 0xf4 || at + 1 >= end) return 1
  const second = source[at + 1]
  if (!isTail(second)) return 1
  if (head < 0xe0) return 2
  if (at + 2 >= end || !isTail(source[at + 2])) return 1
  if (head < 0xf0) return head === 0xe0 && second < 0xa0 ? 1 : 3
  if (at + 3 >= end || !isTail(source[at + 3])) return 1
  if (head === 0xf0) return second < 0x90 ? 1 : 4
  return head === 0xf4 && second > 0x8f ? 1 : 4
}

const isOdd18030 = (byte: number): boolean => byte >= 0x81 && byte <= 0xfe
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

const gb18030Length: CharacterLength = (source, at, end) => {
  if (at + 1 >= end || !isOdd18030(source[at])) return 1
  const second = source[at + 1]
  if (second >= 0x40 && second <= 0xfe && second !== 0x7f) return 2
  const isFour = at + 3 < end && isDigit(second) && isOdd18030(source[at + 2]) && isDigit(source[at + 3])
  return isFour ? 4 : 1
}

const isEuc = (byte: number): boolean => byte >= 0xa1 && byte <= 0xfe

/** EUC-JP: JIS X 0208 pairs, half-width katakana after 0x8E, JIS X 0212 in three bytes after 0x8F. */
const ujisLength: CharacterLength = (source, at, end) => {
  const head = source[at]
  if (head < 0x8e || at + 1 >= end || !isEuc(source[at + 1])) return 1
  if (head === 0x8e) return source[at + 1] <= 0xdf ? 2 : 1
  if (head === 0x8f) return at + 2 < end && isEuc(source[at + 2]) ? 3 : 1
  return isEuc(head) ? 2 : 1
}

/** `high` is the place of the high byte in a unit of two bytes: 0 in big-endian order, 1 in little-endian order. */
const utf16Length =
  (high: 0 | 1): CharacterLength =>
  (source, at, end) => {
    if (at + 1 >= end) return 1
    const kind = source[at + high] & 0xfc
    if (kind === 0xdc) return 1
    if (kind !== 0xd8) return 2
    return at + 3 < end && (source[at + 2 + high] & 0xfc) === 0xdc ? 4 : 1
  }

const ucs2Length: CharacterLength = (_source, at, end) => (at + 1 < end ? 2 : 1)

const utf32Length: CharacterLength = (source, at, end) =>
  at + 3 < end && source[at] === 0 && source[at + 1] <= 0x10 ? 4 : 1

const SHIFT_JIS = pairsFrom(0x40, bytesIn([0x81, 0x9f], [0xe0, 0xfc]), bytesIn([0x40, 0x7e], [0x80, 0xfc]))

/**
 * The characters of each encoding, as the servers' own tables of lead and trail bytes have them. MariaDB's valid
 * pairs were listed by asking the server about every pair of bytes; gb18030 is MySQL's alone.
 */
export const CHARACTERS: Readonly<Record<CharacterEncoding, Characters>> = {
  single: { lengthAt: () => 1, longest: 1, lowestByte: 0x100 },
  utf8: { lengthAt: utf8Length, longest: 4, lowestByte: 0x80 },
  big5: pairsFrom(0x40, bytesIn([0xa1, 0xf9]), bytesIn([0x40, 0x7e], [0xa1, 0xfe])),
  cp932: SHIFT_JIS,
  euckr: pairsFrom(0x41, bytesIn([0x81, 0xfe]), bytesIn([0x41, 0x5a], [0x61, 0x7a], [0x81, 0xfe])),
  gb18030: { lengthAt: gb18030Length, longest: 4, lowestByte: 0x30 },
  gb2312: pairsFrom(0xa1, bytesIn([0xa1, 0xf7]), bytesIn([0xa1, 0xfe])),
  gbk: pairsFrom(0x40, bytesIn([0x81, 0xfe]), bytesIn([0x40, 0x7e], [0x80, 0xfe])),
  sjis: SHIFT_JIS,
  ucs2: { lengthAt: ucs2Length, longest: 2, lowestByte: 0 },
  ujis: { lengthAt: ujisLength, longest: 3, lowestByte: 0x8e },
  utf16: { lengthAt: utf16Length(0), longest: 4, lowestByte: 0 },
  utf16le: { lengthAt: utf16Length(1), longest: 4, lowestByte: 0 },
  utf32: { lengthAt: utf32Length, longest: 4, lowestByte: 0 },
}

/**
 * Walks over the characters that are whole even if the bytes after the end belong to the last one.
 *
 * @param lengthAt null if bytes alone tell what to escape: then a piece may be cut anywhere
 */
export function wholeCharacters(
  lengthAt: CharacterLength | null,
  longest: number,
): ValueEncoder['wholeCharacters'] {
  if (lengthAt === null) return (_source, _start, end) => end
  return (source, start, end) => {
    let at = start
    while (at + longest <= end) at += lengthAt(source, at, end)
    return at
  }
}
