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
 * What the clause CHARACTER SET has a result converted to. `binary` means, as no clause does, that every column stays as
 * it is stored; as the character set of results it would have the server call every column binary, too.
 */
export const convertedTo = (name: string | null): string | null =>
  name?.toLowerCase() === 'binary' ? null : name

/**
 * The encoding of what has no character set of its own in a result, the names of the columns for instance: without a
 * conversion that comes in UTF-8.
 */
export const characterSetEncoding = (name: string | null): CharacterEncoding =>
  name === null ? 'utf8' : (ENCODINGS.get(name.toLowerCase()) ?? 'single')
