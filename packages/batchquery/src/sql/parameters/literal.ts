import type { SqlDialect } from '../dialects/dialect.ts'
import { type Dialect, wordsOf } from '../dialects/index.ts'
import type { ParameterType } from './declaration.ts'
import type { ParameterValue } from './value.ts'

/**
 * The literal of a value; that of a list has commas between its items. Literals have no line break, and no value can end one early:
 *
 *              mysql                  postgres                    duckdb
 *     text     _utf8mb4 X'..'         'it''s', E'\\, \u00e9'      'it''s', E'\\, \n'
 *     int      5, (-5)                5, (-5)                     5, (-5)
 *     date     DATE '..', TIMESTAMP '..' in all of them
 *     json     as text                as text, ::jsonb            as text, ::JSON
 */
export const writeLiteral = ({ type, items }: ParameterValue, dialect: Dialect): string =>
  items.map(item => WRITERS[type](item, wordsOf(dialect))).join(', ')

/** For the clauses of an export, which batchquery reads itself. It means the same under every sql_mode. */
export const writeClauseString = ({ items }: ParameterValue): string =>
  items
    .map(item =>
      /['\\\n\r\0]/.test(item) ? `X'${Buffer.from(item).toString('hex').toUpperCase()}'` : `'${item}'`,
    )
    .join(', ')

const writeText = (text: string, { literals }: SqlDialect): string => literals.text(text)

/** Parentheses keep a minus from touching another one, and apply a cast after it to the whole number. */
const writeNumber = (number: string): string => (number.startsWith('-') ? `(${number})` : number)

const WRITERS: Record<ParameterType, (item: string, words: SqlDialect) => string> = {
  text: writeText,
  secret: writeText,
  int: writeNumber,
  decimal: writeNumber,
  date: item => `${item.includes(' ') ? 'TIMESTAMP' : 'DATE'} '${item}'`,
  json: (item, { literals }) => `${literals.text(item)}${literals.jsonCast}`,
}

/** Bytes: a hexadecimal literal, or a call that makes bytes of one. No function of the task's database can replace the called one. */
export const writeBinary = (bytes: Uint8Array, dialect: Dialect): string => {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase()
  return wordsOf(dialect).literals.bytes(digits)
}

/** A name as the dialect quotes it; several are a path: `"schema"."table"`. */
export const writeIdentifier = (names: readonly string[], dialect: Dialect): string => {
  const { identifierQuote: quote } = wordsOf(dialect).literals
  return names.map(name => quote + name.replaceAll(quote, quote + quote) + quote).join('.')
}
