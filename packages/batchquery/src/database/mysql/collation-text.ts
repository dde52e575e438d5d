import iconv from 'iconv-lite'
import type { CharacterEncoding } from '../../format/index.ts'
import { collationEncoding, MARIADB_NOPAD } from './column-format.ts'

/**
 * The multi-byte character sets, by their names in iconv. If MySQL's name has no byte order, the server sends the
 * high byte first.
 */
const MULTI_BYTE: Readonly<Record<Exclude<CharacterEncoding, 'single'>, string>> = {
  big5: 'big5',
  cp932: 'cp932',
  euckr: 'euckr',
  gb18030: 'gb18030',
  gb2312: 'gb2312',
  gbk: 'gbk',
  sjis: 'sjis',
  ucs2: 'utf-16be',
  ujis: 'eucjp',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
  utf32: 'utf-32be',
  utf8: 'utf8',
}
/** The collation numbers of the character sets of one byte, as SHOW COLLATION lists them; MySQL's latin1 is cp1252. */
const SINGLE_BYTE: readonly (readonly [name: string, collations: readonly number[]])[] = [
  ['cp1252', [5, 8, 15, 31, 47, 48, 49, 94]],
  ['latin2', [2, 9, 21, 27, 77]],
  ['cp850', [4, 80]],
  ['koi8r', [7, 74]],
  ['cp1251', [14, 23, 50, 51, 52]],
  ['hebrew', [16, 71]],
  ['tis620', [18, 89]],
  ['latin7', [20, 41, 42, 79]],
  ['koi8u', [22, 75]],
  ['greek', [25, 70]],
  ['cp1250', [26, 34, 44, 66, 99]],
  ['cp1257', [29, 58, 59]],
  ['latin5', [30, 78]],
  ['armscii8', [32, 64]],
  ['cp866', [36, 68]],
  ['macintosh', [38, 39, 43, 53]],
  ['cp852', [40, 81]],
  ['cp1256', [57, 67]],
]
/**
 * For character sets that iconv does not know. The ASCII half is right, and each other byte becomes some character.
 */
const OTHER = 'latin1'
const BINARY_COLLATION = 63

/**
 * Decodes bytes in the character set of a collation as text for people. Invalid bytes become U+FFFD.
 *
 * @param collation of a column definition; columns that the server calls binary (numbers, dates, its own functions)
 *   contain ASCII or UTF-8
 */
export function textOf(bytes: Buffer, collation: number): string {
  const encoding = collationEncoding(collation)
  const name = encoding === 'single' ? singleByte(collation) : MULTI_BYTE[encoding]
  return name === 'utf8' ? bytes.toString('utf8') : iconv.decode(bytes, name)
}

function singleByte(collation: number): string {
  if (collation === BINARY_COLLATION) return 'utf8'
  const padded = collation >= MARIADB_NOPAD ? collation - MARIADB_NOPAD : collation
  return SINGLE_BYTE.find(([, collations]) => collations.includes(padded))?.[0] ?? OTHER
}
