/**
 * - `word`: a keyword or a bare identifier; `identifier`: a quoted one
 * - `string`: any literal in quotes or dollars, with its one-letter prefix
 * - `parameter`: `:name`, a parameter of the task; `placeholder`: `$1`, the database's; `variable`: MySQL's `@x`
 * - `delimiter`: the end of a statement, `;` unless the task sets another one
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

/** A token that is neither a comment nor the frame of an executable one. */
export interface CodeToken extends Token {
  /** The word in upper case; empty for any other token and for a name after a dot, which is never a keyword. */
  readonly keyword: string
  /** Whether the token is this keyword, given in upper case. Cheaper than `keyword`. */
  isKeyword(upperCase: string): boolean
  /** @param operator one character */
  isOperator(operator: string): boolean
}
