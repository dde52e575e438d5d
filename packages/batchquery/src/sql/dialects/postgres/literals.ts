import type { LiteralWords } from '../dialect.ts'

/**
 * ASCII only, so that neither client_encoding nor standard_conforming_strings matters. Text has no cast: PostgreSQL finds the type
 * of a bare literal from its place, as people expect for `'2026-11-23'`.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
 */
export const LITERALS: LiteralWords = {
  text: text => (/^[ -[\]-~]*$/.test(text) ? quoted(text) : escapeString(text, /[^ -~]/gu, escapeUnicode)),
  bytes: digits => `pg_catalog.decode('${digits}', 'hex')`,
  jsonCast: '::jsonb',
  identifierQuote: '"',
  mostDigits: 65,
  takesNul: false,
}

/** `'it''s'`, for a text in which a backslash has no meaning. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** `E'..'` with backslashes and quotes doubled, and the `special` characters as `write` writes them. */
export const escapeString = (text: string, special: RegExp, write: (character: string) => string): string =>
  `E${quoted(text.replaceAll('\\', '\\\\').replace(special, write))}`

const escapeUnicode = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')
