/** The SQL that a database speaks. MariaDB and Aurora MySQL are `mysql`, Aurora PostgreSQL is `postgres`. */
export type SqlDialect = 'mysql' | 'postgres' | 'duckdb'

/**
 * What the lexer must know of a dialect, as data, under the server's default settings: on MySQL neither
 * ANSI_QUOTES nor NO_BACKSLASH_ESCAPES, on PostgreSQL `standard_conforming_strings = on` (string-rules.ts has
 * the others).
 */
export interface LexicalRules {
  /** `\'` does not end a plain string. */
  readonly backslashEscapes: boolean
  /** `".."` is a string, otherwise an identifier. */
  readonly doubleQuotedStrings: boolean
  readonly backtickIdentifiers: boolean
  /** One-letter prefixes, lower case, that belong to the string they touch: `X'2C'`. An `e` brings backslash escapes. */
  readonly stringPrefixes: string
  /** `U&'..'` and `U&".."`. */
  readonly unicodePrefix: boolean
  /** `$tag$..$tag$`, and `$1` as a placeholder. MySQL 9 has them in one place alone: foreign-body.ts. */
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

/** https://dev.mysql.com/doc/refman/8.4/en/language-structure.html, https://mariadb.com/kb/en/comment-syntax/ */
const MYSQL: LexicalRules = {
  backslashEscapes: true,
  doubleQuotedStrings: true,
  backtickIdentifiers: true,
  stringPrefixes: 'xbn',
  unicodePrefix: false,
  dollarQuotes: false,
  looseWords: true,
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

/** https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
const POSTGRES: LexicalRules = {
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

/** The part of the rules that a setting of the session changes. */
export type StringRules = Pick<LexicalRules, 'backslashEscapes' | 'doubleQuotedStrings'>

/** DuckDB's lexer is PostgreSQL's with structs, and with Unicode spaces read as spaces (found by trying it). */
const DUCKDB: LexicalRules = { ...POSTGRES, structs: true, unicodeSpaces: true }

export const LEXICAL_RULES: Record<SqlDialect, LexicalRules> = {
  mysql: MYSQL,
  postgres: POSTGRES,
  duckdb: DUCKDB,
}

/** Under the server's default settings. */
export const defaultStringRules = (dialect: SqlDialect): StringRules => {
  const { backslashEscapes, doubleQuotedStrings } = LEXICAL_RULES[dialect]
  return { backslashEscapes, doubleQuotedStrings }
}

/** Every way in which a server may read strings, the one of its default settings first. */
export const possibleStringRules = (dialect: SqlDialect): readonly StringRules[] => {
  const usual = defaultStringRules(dialect)
  if (dialect === 'duckdb') return [usual]
  const { backslashEscapes, doubleQuotedStrings } = usual
  const otherEscapes = { ...usual, backslashEscapes: !backslashEscapes }
  if (dialect === 'postgres') return [usual, otherEscapes]
  const otherQuotes = { ...usual, doubleQuotedStrings: !doubleQuotedStrings }
  return [usual, otherEscapes, otherQuotes, { ...otherQuotes, backslashEscapes: !backslashEscapes }]
}

export const sameStringRules = (one: StringRules, other: StringRules): boolean =>
  one.backslashEscapes === other.backslashEscapes && one.doubleQuotedStrings === other.doubleQuotedStrings

/**
 * In the clauses of an export, comments stay the dialect's own. Strings are those of the session on MySQL, whose server
 * has such clauses itself; the other dialects have no such clauses, and take MySQL's strings as a default server reads them.
 */
const withMysqlLiterals = (rules: LexicalRules): LexicalRules => ({
  ...rules,
  backslashEscapes: MYSQL.backslashEscapes,
  doubleQuotedStrings: MYSQL.doubleQuotedStrings,
  backtickIdentifiers: MYSQL.backtickIdentifiers,
  stringPrefixes: MYSQL.stringPrefixes,
  unicodePrefix: MYSQL.unicodePrefix,
  dollarQuotes: MYSQL.dollarQuotes,
  looseWords: MYSQL.looseWords,
})

const EXPORT_CLAUSE_RULES = { postgres: withMysqlLiterals(POSTGRES), duckdb: withMysqlLiterals(DUCKDB) }

/** The rules in the clauses of an export that stands in a text with these rules. */
export const exportClauseRules = (dialect: SqlDialect, rules: LexicalRules): LexicalRules =>
  dialect === 'mysql' ? rules : EXPORT_CLAUSE_RULES[dialect]
