import type { SqlDialect } from '../dialect.ts'
import type { ParameterType } from './declaration.ts'
import type { ParameterValue } from './value.ts'

/**
 * The literal of a value, a list's with commas between. Literals hold no line break, and none can end early:
 *
 *              mysql                  postgres                    duckdb
 *     text     _utf8mb4 X'..'         'it''s', E'\\, \u00e9'      'it''s', E'\\, \n'
 *     int      5, (-5)                5, (-5)                     5, (-5)
 *     date     DATE '..', TIMESTAMP '..' in all three
 *     json     as text                as text, ::jsonb            as text, ::JSON
 *
 * MySQL: hexadecimal digits mean the same under every sql_mode and character set. The literal yields to a column's
 * collation, like any other. https://dev.mysql.com/doc/refman/8.4/en/charset-introducer.html
 *
 * PostgreSQL: ASCII alone, so that neither client_encoding nor standard_conforming_strings matters. Text has no
 * cast: PostgreSQL finds the type of a bare literal from where it stands, as people expect of `'2026-11-23'`.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE
 */
export const writeLiteral = ({ type, items }: ParameterValue, dialect: SqlDialect): string =>
  items.map(item => WRITERS[type](item, dialect)).join(', ')

/** What batchquery reads itself in the clauses of an export, and what means the same under every sql_mode. */
export const writeClauseString = ({ items }: ParameterValue): string =>
  items
    .map(item =>
      /['\\\n\r\0]/.test(item) ? `X'${Buffer.from(item).toString('hex').toUpperCase()}'` : `'${item}'`,
    )
    .join(', ')

const writeText = (text: string, dialect: SqlDialect): string => TEXT_WRITERS[dialect](text)

/** Parentheses keep a minus from touching another, and hold a cast behind it to the whole number. */
const writeNumber = (number: string): string => (number.startsWith('-') ? `(${number})` : number)

const JSON_CASTS: Record<SqlDialect, string> = { mysql: '', postgres: '::jsonb', duckdb: '::JSON' }

const WRITERS: Record<ParameterType, (item: string, dialect: SqlDialect) => string> = {
  text: writeText,
  secret: writeText,
  int: writeNumber,
  decimal: writeNumber,
  date: item => `${item.includes(' ') ? 'TIMESTAMP' : 'DATE'} '${item}'`,
  json: (item, dialect) => `${writeText(item, dialect)}${JSON_CASTS[dialect]}`,
}

/** Bytes: a hexadecimal literal, or what makes bytes of one. No function of the database's own can stand in between. */
export const writeBinary = (bytes: Uint8Array, dialect: SqlDialect): string => {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase()
  return BINARY_WRITERS[dialect](digits)
}

const BINARY_WRITERS: Record<SqlDialect, (digits: string) => string> = {
  mysql: digits => `_binary X'${digits}'`,
  postgres: digits => `pg_catalog.decode('${digits}', 'hex')`,
  duckdb: digits => `system.main.unhex('${digits}')`,
}

/** A name as the dialect quotes it; several are a path: `"schema"."table"`. */
export const writeIdentifier = (names: readonly string[], dialect: SqlDialect): string => {
  const quote = dialect === 'mysql' ? '`' : '"'
  return names.map(name => quote + name.replaceAll(quote, quote + quote) + quote).join('.')
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Backslashes and quotes doubled, and what `write` makes of the `special` characters. */
const escapeString = (text: string, special: RegExp, write: (character: string) => string): string =>
  `E${quoted(text.replaceAll('\\', '\\\\').replace(special, write))}`

const LINE_BREAKS = /[\n\r]/g
const escapeLineBreak = (character: string): string => (character === '\n' ? '\\n' : '\\r')

const escapeUnicode = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

const TEXT_WRITERS: Record<SqlDialect, (text: string) => string> = {
  mysql: text => `_utf8mb4 X'${Buffer.from(text).toString('hex').toUpperCase()}'`,
  postgres: text =>
    /^[ -[\]-~]*$/.test(text) ? quoted(text) : escapeString(text, /[^ -~]/gu, escapeUnicode),
  duckdb: text => (/[\n\r]/.test(text) ? escapeString(text, LINE_BREAKS, escapeLineBreak) : quoted(text)),
}
