import type { CharacterEncoding } from '../../format/index.ts'

/** The multi-byte character sets. All others have one byte per character. */
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
 * The character set that the clause CHARACTER SET converts a result to. `binary` means the same as no clause: every
 * column stays as it is stored. As the character set of results it would make the server report every column as
 * binary.
 */
export const convertedTo = (name: string | null): string | null =>
  name?.toLowerCase() === 'binary' ? null : name

/**
 * The encoding of values without a character set of their own in a result, for example the names of the columns.
 * Without a conversion they are in UTF-8.
 */
export const characterSetEncoding = (name: string | null): CharacterEncoding =>
  name === null ? 'utf8' : (ENCODINGS.get(name.toLowerCase()) ?? 'single')
