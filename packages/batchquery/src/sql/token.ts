/**
 * - `word`: a keyword or a bare identifier; `identifier`: a quoted one
 * - `string`: any literal in quotes or dollars, with its one-letter prefix
 * - `parameter`: `:name`, ours; `placeholder`: `$1`, the database's; `variable`: MySQL's `@x`
 * - `delimiter`: what ends a statement, `;` unless set otherwise
 * - `executable`: the opening or the closing of an executable comment, whose content is tokens like any other
 * - `operator`: any other character, and `::` and `:=`
 */
export type TokenKind =
  | 'word'
  | 'identifier'
  | 'string'
  | 'number'
  | 'parameter'
  | 'placeholder'
  | 'variable'
  | 'delimiter'
  | 'operator'
  | 'comment'
  | 'executable'

/** Offsets in UTF-16 units, the end exclusive. */
export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
}
