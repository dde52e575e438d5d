import type { CharacterEncoding } from '../../format/index.ts'
import type { ExportNeeds } from '../database.ts'

/** The character sets with characters of several bytes; in all others a character is one byte. */
const ENCODINGS: ReadonlyMap<string, CharacterEncoding> = new Map([
  ['big5', 'big5'],
  ['cp932', 'cp932'],
  ['eucjpms', 'ujis'],
  ['euckr', 'euckr'],
  ['gb18030', 'gb18030'],
  ['gb2312', 'gb2312'],
  ['gbk', 'gbk'],
  ['sjis', 'sjis'],
  ['ucs2', 'ucs2'],
  ['ujis', 'ujis'],
  ['utf16', 'utf16'],
  ['utf16le', 'utf16le'],
  ['utf32', 'utf32'],
  ['utf8', 'utf8'],
  ['utf8mb3', 'utf8'],
  ['utf8mb4', 'utf8'],
])

/**
 * The character set that the server converts a result to; null if every column stays as it is stored. The clause CHARACTER
 * SET binary means the same as no clause: as the character set of results, the server would also call every column binary.
 */
export function resultCharacterSet({ text, characterSet }: ExportNeeds): string | null {
  const converted = characterSet?.toLowerCase() === 'binary' ? null : characterSet
  return converted ?? (text === 'utf8' ? 'utf8mb4' : null)
}

/**
 * The encoding of values without a character set of their own in a result, for example the names of the columns.
 * Without a conversion they are in UTF-8.
 */
export const characterSetEncoding = (name: string | null): CharacterEncoding =>
  name === null ? 'utf8' : (ENCODINGS.get(name.toLowerCase()) ?? 'single')
