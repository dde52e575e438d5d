import iconv from 'iconv-lite'
import { type CharacterSet, characterSetOf } from './collations.ts'
import { charactersOf } from './single-byte-sets.ts'

/**
 * The multi-byte character sets, by their names in iconv. If MySQL's name has no byte order, the server sends the
 * high byte first.
 */
const ICONV_NAMES: Readonly<Partial<Record<CharacterSet, string>>> = {
  big5: 'big5',
  cp932: 'cp932',
  eucjpms: 'eucjp',
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
}

/**
 * Decodes bytes in the character set of a collation as text for messages. Invalid bytes become U+FFFD.
 *
 * @param collation of a column definition; columns that the server calls binary (numbers, dates, its own functions)
 *   contain ASCII or UTF-8
 */
export function textOf(bytes: Buffer, collation: number): string {
  const set = characterSetOf(collation)
  const name = set === null ? undefined : ICONV_NAMES[set]
  if (name !== undefined) return iconv.decode(bytes, name)
  const characters = set === null ? null : charactersOf(set)
  if (characters === null) return bytes.toString('utf8')
  return Array.from(bytes, byte => characters[byte]).join('')
}
