import { type Dialect, Lexer, type Token } from '../../../src/sql/index.ts'

export const DIALECTS: readonly Dialect[] = ['mysql', 'postgres', 'duckdb']

export const tokenize = (sql: string, dialect: Dialect): Token[] => {
  const lexer = new Lexer(sql, dialect)
  const tokens: Token[] = []
  while (lexer.next()) tokens.push({ kind: lexer.kind, start: lexer.start, end: lexer.end })
  return tokens
}
