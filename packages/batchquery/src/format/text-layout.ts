/**
 * The FIELDS and LINES options of one TEXT export, resolved to bytes. The names are MySQL's:
 * https://dev.mysql.com/doc/refman/8.4/en/load-data.html (field and line handling).
 */
export interface TextLayout {
  readonly fieldsTerminatedBy: Uint8Array
  /** Empty, or one character. */
  readonly enclosedBy: Uint8Array
  /** OPTIONALLY ENCLOSED BY: numbers stay bare. Without an enclosing character it means nothing. */
  readonly optionallyEnclosed: boolean
  /** Empty (nothing is escaped), or one character. */
  readonly escapedBy: Uint8Array
  readonly linesStartingBy: Uint8Array
  /** Empty means that the field terminator ends the line, as on the server. */
  readonly linesTerminatedBy: Uint8Array
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')

export const DEFAULT_TEXT_LAYOUT: TextLayout = {
  fieldsTerminatedBy: bytes('\t'),
  enclosedBy: bytes(''),
  optionallyEnclosed: false,
  escapedBy: bytes('\\'),
  linesStartingBy: bytes(''),
  linesTerminatedBy: bytes('\n'),
}
