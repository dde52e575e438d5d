/** Everything that the lexer must know about a dialect, under the default settings of its server. */
export interface LexicalRules {
  /** `\'` does not end a plain string. */
  readonly backslashEscapes: boolean
  /** `".."` is a string, otherwise an identifier. */
  readonly doubleQuotedStrings: boolean
  readonly backtickIdentifiers: boolean
  /** One-letter prefixes, in lower case, that belong to the string they touch: `X'2C'`. An `e` brings backslash escapes. */
  readonly stringPrefixes: string
  /** `U&'..'` and `U&".."`. */
  readonly unicodePrefix: boolean
  /** `$tag$..$tag$`, and `$1` as a placeholder. */
  readonly dollarQuotes: boolean
  /** `$` and a digit may start a word: `1st`, `$total`. */
  readonly looseWords: boolean
  /** `@x`, `@@x`, `` @`x` ``. */
  readonly userVariables: boolean
  /** `--` starts a comment only before a space, a control character or the end. */
  readonly dashesNeedSpace: boolean
  readonly hashComments: boolean
  readonly nestedComments: boolean
  /** The content of `/*! ..` and `/*M! ..` comments is code. */
  readonly executableComments: boolean
  /** A line comment ends at a carriage return too. */
  readonly returnEndsComment: boolean
  /** `a[1:n]` is a slice. */
  readonly slices: boolean
  /** `{'a': 1}` is a struct. */
  readonly structs: boolean
  /** U+00A0, U+2003, U+3000 and the like separate words. */
  readonly unicodeSpaces: boolean
}

/** The part of the rules that a setting of the session changes. */
export type StringRules = Pick<LexicalRules, 'backslashEscapes' | 'doubleQuotedStrings'>

export const sameStringRules = (one: StringRules, other: StringRules): boolean =>
  one.backslashEscapes === other.backslashEscapes && one.doubleQuotedStrings === other.doubleQuotedStrings

/**
 * The strings and names in the clauses of an export. A server that has such clauses reads them as its session reads strings.
 * In every other dialect batchquery alone reads the clauses, and takes MySQL's strings under MySQL's default settings.
 */
export const CLAUSE_STRINGS = {
  backslashEscapes: true,
  doubleQuotedStrings: true,
  backtickIdentifiers: true,
  stringPrefixes: 'xbn',
  unicodePrefix: false,
  dollarQuotes: false,
  looseWords: true,
} as const satisfies Partial<LexicalRules>
