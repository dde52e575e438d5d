import type { ExactColumn } from './exact-column.ts'

/**
 * How a column's bytes are cut into characters, as far as escaping must know it: a character of several bytes is
 * skipped as a whole, even if one of its bytes looks like a separator.
 *
 * `single` is for binary columns and for every character set of one byte a character.
 */
export type CharacterEncoding =
  | 'single'
  | 'utf8'
  | 'big5'
  | 'cp932'
  | 'euckr'
  | 'gb18030'
  | 'gb2312'
  | 'gbk'
  | 'sjis'
  | 'ucs2'
  | 'ujis'
  | 'utf16'
  | 'utf16le'
  | 'utf32'

/** A column of a result, as far as delimited text depends on it. */
export interface FormatColumn {
  /** The column's name, in the character set of the result. */
  readonly name: Uint8Array
  /**
   * `number` for the types that MySQL's OUTFILE treats as numbers (integers, DECIMAL, FLOAT, DOUBLE, YEAR, NULL, and
   * on most servers BIT): never quoted by OPTIONALLY ENCLOSED BY, hardly ever escaped. `bits` for the BIT of the
   * servers that write it as a string, and still count it as a number: see `valueRules`.
   */
  readonly kind: 'number' | 'string' | 'bits'
  readonly encoding: CharacterEncoding
  /**
   * Whether the type allows values of 16 MiB and more (LONGTEXT, LONGBLOB, JSON, GEOMETRY, VECTOR). From the first such column on
   * the server does not look which kinds of columns a result has: see `valueRules`. `unknown` if the server does not say it.
   */
  readonly isLarge: boolean | 'unknown'
}

/**
 * The type of a column's values, for a reader that knows types.
 *
 * `integer` (of at most 32 bits), `bigint` (of more), `float`: as text, in decimal. `boolean`: as text, `t` or `true`,
 * and anything else for false. `binary`: bytes that need not be text, in CSV `\x` and hexadecimal digits. `bytea`:
 * bytes that the database itself has made text of, in one of PostgreSQL's two forms. `text`: all others, DECIMAL among
 * them, whose digits a floating-point number cannot keep.
 */
export type ValueType = 'integer' | 'bigint' | 'float' | 'boolean' | 'binary' | 'bytea' | 'text'

/** A column of a result, with its type. */
export interface TypedColumn extends FormatColumn {
  readonly type: ValueType
  /** The exact type of its values, and how they arrive, if the plan asks for typed values (`FormatPlan.text`). */
  readonly exact?: ExactColumn
  /** The type in the words of the server: `decimal(10,2)`. @default - the driver does not know it, or was not asked for it */
  readonly serverType?: string
}

/** How many values of a column are dates of no calendar, such as 2024-02-00, and were written as NULL. */
export interface InvalidDates {
  readonly column: string
  /** At least 1. */
  readonly count: number
}
