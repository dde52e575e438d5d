import type { Transcoder } from '../../format/exact-column.ts'
import { type CharacterSet, characterSetOf } from './collations.ts'
import { type CodePoints, codePointsOf, NO_CODE_POINT } from './multi-byte-sets.ts'
import { charactersOf } from './single-byte-sets.ts'

const UTF8_SETS: ReadonlySet<CharacterSet> = new Set(['ascii', 'binary', 'utf8mb3', 'utf8mb4'])
const made = new Map<CharacterSet, Transcoder>()

/**
 * Returns the transcoder for text of a collation, or undefined if the text is UTF-8 or ASCII already. It converts each character exactly
 * as the server does, but refuses a character for which the server would write a question mark or invalid UTF-8.
 */
export function transcoderOf(collation: number): Transcoder | undefined {
  const set = characterSetOf(collation)
  if (set === null) return unknownSet(collation)
  if (UTF8_SETS.has(set)) return undefined
  const known = made.get(set)
  if (known !== undefined) return known
  const transcoder = make(set)
  made.set(set, transcoder)
  return transcoder
}

/** Only ASCII is sure. */
function unknownSet(collation: number): Transcoder {
  return {
    characterSet: `text in the character set of collation ${collation}, which batchquery does not know`,
    keepsAscii: true,
    growth: 1,
    convert: (_source, start) => -1 - start,
  }
}

function make(set: CharacterSet): Transcoder {
  if (set === 'utf32') return utf32
  if (set === 'utf16' || set === 'ucs2') return utf16(set, 0)
  if (set === 'utf16le') return utf16(set, 1)
  const points = codePointsOf(set)
  if (points !== null)
    return {
      characterSet: set,
      keepsAscii: true,
      growth: points.short[0xb1] === NO_CODE_POINT ? 1.5 : 3,
      convert: (...value) => convertCodes(points, ...value),
    }
  return singleByte(set)
}

type Value = Parameters<Transcoder['convert']>

/** Writes a code point in UTF-8. Returns its end. */
function write(point: number, out: Buffer, at: number): number {
  if (point < 0x80) {
    out[at] = point
    return (at + 1) | 0
  }
  if (point < 0x800) {
    out[at] = 0xc0 | (point >> 6)
    out[at + 1] = 0x80 | (point & 0x3f)
    return (at + 2) | 0
  }
  if (point < 0x10000) {
    out[at] = 0xe0 | (point >> 12)
    out[at + 1] = 0x80 | ((point >> 6) & 0x3f)
    out[at + 2] = 0x80 | (point & 0x3f)
    return (at + 3) | 0
  }
  out[at] = 0xf0 | (point >> 18)
  out[at + 1] = 0x80 | ((point >> 12) & 0x3f)
  out[at + 2] = 0x80 | ((point >> 6) & 0x3f)
  out[at + 3] = 0x80 | (point & 0x3f)
  return (at + 4) | 0
}

function singleByte(set: CharacterSet): Transcoder {
  const characters = charactersOf(set) ?? ''
  const points = Uint16Array.from({ length: 256 }, (_, byte) => characters.charCodeAt(byte))
  return {
    characterSet: set,
    keepsAscii: set !== 'swe7',
    growth: 3,
    convert(source, start, end, out, first) {
      let at = first | 0
      for (let p = start | 0; p < end; p = (p + 1) | 0) {
        const point = points[source[p]]
        if (point < 0x80) {
          out[at] = point
          at = (at + 1) | 0
        } else if (point === NO_CODE_POINT) return -1 - p
        else at = write(point, out, at)
      }
      return at
    },
  }
}

const LEAD_8F = 0x8f

function convertCodes(
  { short, afterLead8f, long }: CodePoints,
  ...[source, start, end, out, first]: Value
): number {
  let at = first | 0
  let p = start | 0
  while (p < end) {
    const byte = source[p]
    let point = short[byte]
    let length = 1
    if (point === NO_CODE_POINT && p + 1 < end) {
      point = short[(byte << 8) | source[p + 1]]
      length = 2
      if (point === NO_CODE_POINT && byte === LEAD_8F && p + 2 < end && afterLead8f.length > 0) {
        point = afterLead8f[(source[p + 1] << 8) | source[p + 2]]
        length = 3
      } else if (point === NO_CODE_POINT && p + 3 < end && long.length > 0) {
        point = longPoint(long, source, p)
        if (point < 0) return -1 - p
        at = write(point, out, at)
        p += 4
        continue
      }
    }
    if (point === NO_CODE_POINT) return -1 - p
    at = write(point, out, at)
    p += length
  }
  return at
}

/** The place of U+10000 in the sequence of gb18030's codes of four bytes. */
const ASTRAL = 189_000

/** The code point of a code of four bytes, or -1. */
function longPoint(long: Uint16Array, source: Buffer, p: number): number {
  const [b0, b1, b2, b3] = [
    source[p] - 0x81,
    source[p + 1] - 0x30,
    source[p + 2] - 0x81,
    source[p + 3] - 0x30,
  ]
  if (b0 < 0 || b0 > 125 || b1 < 0 || b1 > 9 || b2 < 0 || b2 > 125 || b3 < 0 || b3 > 9) return -1
  const index = ((b0 * 10 + b1) * 126 + b2) * 10 + b3
  if (index < long.length) return long[index]
  const point = index - ASTRAL + 0x10000
  return point >= 0x10000 && point <= 0x10ffff ? point : -1
}

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800

/** @param high the place of the high byte in a unit of two */
function utf16(set: CharacterSet, high: 0 | 1): Transcoder {
  const low = 1 - high
  return {
    characterSet: set,
    keepsAscii: false,
    growth: 1.5,
    convert(source, start, end, out, first) {
      let at = first | 0
      for (let p = start | 0; p < end; p = (p + 2) | 0) {
        if (p + 2 > end) return -1 - p
        let point = (source[p + high] << 8) | source[p + low]
        if (isSurrogate(point)) {
          const second = p + 4 > end || set === 'ucs2' ? 0 : (source[p + 2 + high] << 8) | source[p + 2 + low]
          if (point > 0xdbff || second < 0xdc00 || second > 0xdfff) return -1 - p
          point = 0x10000 + ((point & 0x3ff) << 10) + (second & 0x3ff)
          at = write(point, out, at)
          p = (p + 2) | 0
        } else at = write(point, out, at)
      }
      return at
    },
  }
}

const utf32: Transcoder = {
  characterSet: 'utf32',
  keepsAscii: false,
  growth: 1,
  convert(source, start, end, out, first) {
    let at = first | 0
    for (let p = start | 0; p < end; p = (p + 4) | 0) {
      const point = p + 4 > end ? -1 : source.readUInt32BE(p)
      if (point < 0 || point > 0x10ffff || (point < 0x10000 && isSurrogate(point))) return -1 - p
      at = write(point, out, at)
    }
    return at
  },
}
