import type { CharacterEncoding } from '../../format/index.ts'

/** The character sets of several bytes a character; all others have one. */
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
 * The encoding of what the server sends in a character set, the names of columns for instance. Null: without a
 * conversion names come in UTF-8.
 */
export const characterSetEncoding = (name: string | null): CharacterEncoding =>
  name === null ? 'utf8' : (ENCODINGS.get(name.toLowerCase()) ?? 'single')
