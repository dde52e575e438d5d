import type { SqlDialect } from './dialects/dialect.ts'
import { type Dialect, defaultStringRules, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { StringRules } from './lexical-rules.ts'
import { FILE_START } from './position.ts'

const COMMANDS_AFTER_WITH = new Set(['DELETE', 'INSERT', 'MERGE', 'REPLACE', 'UPDATE'])
/** After these, a word names a common table expression. */
const BEFORE_NAME = new Set(['WITH', 'RECURSIVE', ','])

/**
 * The word that says what a statement does, in upper case: `SELECT`, also after opening parentheses, after a WITH clause and after
 * MariaDB's `SET STATEMENT name = value FOR`. Empty if the statement does not start with a word.
 */
export const statementKeyword = (
  sql: string,
  dialect: Dialect,
  stringRules: StringRules = defaultStringRules(dialect),
): string => {
  const words = wordsOf(dialect)
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules)
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) continue
    if (lexer.isKeyword('WITH')) return keywordAfterWith(lexer, words)
    if (!words.hasSetStatementFor || !lexer.isKeyword('SET')) return lexer.keyword
    if (!lexer.nextCode() || !lexer.isKeyword('STATEMENT') || !skipToFor(lexer)) return 'SET'
  }
  return ''
}

/**
 * Moves to the FOR of `SET STATEMENT name = value, .. FOR statement`, after which a statement begins. False if there is none.
 *
 * @param lexer at STATEMENT
 */
export const skipToFor = (lexer: Lexer): boolean => {
  let depth = 0
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    else if (depth === 0 && lexer.isKeyword('FOR')) return true
  }
  return false
}

/** A query returns rows and changes nothing by itself: SELECT, VALUES, TABLE, DuckDB's FROM. */
export const isQuery = (sql: string, dialect: Dialect, stringRules?: StringRules): boolean =>
  wordsOf(dialect).queryKeywords.has(statementKeyword(sql, dialect, stringRules))

/** The offset of the query that follows the WITH clause. Null if the statement does not begin with WITH, or has no such query. */
export function startAfterWith(sql: string, dialect: Dialect, stringRules: StringRules): number | null {
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules)
  if (!lexer.nextCode() || !lexer.isKeyword('WITH')) return null
  keywordAfterWith(lexer, wordsOf(dialect))
  return lexer.start < sql.length ? lexer.start : null
}

/**
 * Moves to the first token after the common table expressions, and returns its keyword: SELECT also if a query in parentheses
 * follows.
 */
const keywordAfterWith = (lexer: Lexer, { queryKeywords }: SqlDialect): string => {
  let depth = 0
  let previous = 'WITH'
  while (lexer.nextCode()) {
    const word = lexer.keyword
    if (depth === 0 && previous === ')' && lexer.isOperator('(')) return 'SELECT'
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    else if (depth <= 0 && !BEFORE_NAME.has(previous)) {
      if (queryKeywords.has(word) || COMMANDS_AFTER_WITH.has(word)) return word
    }
    previous = lexer.isOperator(',') ? ',' : lexer.isOperator(')') ? ')' : word
  }
  return 'SELECT'
}
