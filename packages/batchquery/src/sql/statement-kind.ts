import { defaultStringRules, type SqlDialect, type StringRules } from './dialect.ts'
import { Lexer } from './lexer.ts'
import { FILE_START } from './position.ts'

const QUERY_KEYWORDS: Record<SqlDialect, ReadonlySet<string>> = {
  mysql: new Set(['SELECT', 'TABLE', 'VALUES']),
  postgres: new Set(['SELECT', 'TABLE', 'VALUES']),
  duckdb: new Set(['SELECT', 'TABLE', 'VALUES', 'FROM', 'PIVOT', 'UNPIVOT']),
}
const COMMANDS_AFTER_WITH = new Set(['DELETE', 'INSERT', 'MERGE', 'REPLACE', 'UPDATE'])
/** After these, a word names a common table expression. */
const BEFORE_NAME = new Set(['WITH', 'RECURSIVE', ','])

/**
 * The word that tells what a statement does, in upper case: `SELECT`, also behind opening parentheses, behind a WITH
 * clause and behind MariaDB's `SET STATEMENT name = value FOR`. Empty where the statement starts with no word.
 */
export const statementKeyword = (
  sql: string,
  dialect: SqlDialect,
  stringRules: StringRules = defaultStringRules(dialect),
): string => {
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules)
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) continue
    if (lexer.isKeyword('WITH')) return keywordAfterWith(lexer, dialect)
    if (dialect !== 'mysql' || !lexer.isKeyword('SET')) return lexer.keyword
    if (!lexer.nextCode() || !lexer.isKeyword('STATEMENT') || !skipToFor(lexer)) return 'SET'
  }
  return ''
}

/**
 * Moves to the FOR of `SET STATEMENT name = value, .. FOR statement`, behind which a statement begins; false where there
 * is none. https://mariadb.com/kb/en/set-statement/
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

/** A query returns rows and changes nothing of its own accord: SELECT, VALUES, TABLE, DuckDB's FROM. */
export const isQuery = (sql: string, dialect: SqlDialect, stringRules?: StringRules): boolean =>
  QUERY_KEYWORDS[dialect].has(statementKeyword(sql, dialect, stringRules))

/** SELECT also where the common table expressions are followed by a query in parentheses. */
const keywordAfterWith = (lexer: Lexer, dialect: SqlDialect): string => {
  let depth = 0
  let previous = 'WITH'
  while (lexer.nextCode()) {
    const word = lexer.keyword
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    else if (depth <= 0 && !BEFORE_NAME.has(previous)) {
      if (QUERY_KEYWORDS[dialect].has(word) || COMMANDS_AFTER_WITH.has(word)) return word
    }
    previous = lexer.isOperator(',') ? ',' : word
  }
  return 'SELECT'
}
