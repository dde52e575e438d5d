import { CLAUSE_STRINGS, type LexicalRules } from '../../lexical-rules.ts'

/**
 * Under the default sql_mode: neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES. MySQL 9 has texts between dollars in one place only
 * (foreign-body.ts).
 * https://dev.mysql.com/doc/refman/8.4/en/language-structure.html, https://mariadb.com/kb/en/comment-syntax/
 */
export const LEXICAL_RULES: LexicalRules = {
  // The strings in the clauses of an export are MySQL's.
  ...CLAUSE_STRINGS,
  userVariables: true,
  dashesNeedSpace: true,
  hashComments: true,
  nestedComments: false,
  executableComments: true,
  returnEndsComment: false,
  slices: false,
  structs: false,
  unicodeSpaces: false,
}
