import type { LexicalRules } from '../../lexical-rules.ts'

/**
 * With `standard_conforming_strings = on`, the default.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export const LEXICAL_RULES: LexicalRules = {
  backslashEscapes: false,
  doubleQuotedStrings: false,
  backtickIdentifiers: false,
  stringPrefixes: 'xbne',
  unicodePrefix: true,
  dollarQuotes: true,
  looseWords: false,
  userVariables: false,
  dashesNeedSpace: false,
  hashComments: false,
  nestedComments: true,
  executableComments: false,
  returnEndsComment: true,
  slices: true,
  structs: false,
  unicodeSpaces: false,
}
