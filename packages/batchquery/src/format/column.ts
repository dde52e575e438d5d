/**
 * How the characters of a column's bytes are told apart, as far as escaping must know it: a multi-byte character
 * is skipped whole, even where one of its bytes looks like a separator.
 *
 * `single` stands for binary columns and for every character set of one byte a character.
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

/** A column of a result, as far as its format depends on it. */
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
