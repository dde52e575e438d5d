import type { SqlDialect } from './dialect.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'
import { isQuery } from './statement-kind.ts'

/**
 * Whether a statement is a query whose rows come to the client: not one that puts them elsewhere, by `INTO @variable`,
 * `INTO OUTFILE 'file'` or, on PostgreSQL, `INTO table`.
 */
export function givesRows({ text, origin, stringRules }: Statement, dialect: SqlDialect): boolean {
  if (!isQuery(text, dialect, stringRules)) return false
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let depth = 0
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    else if (depth === 0 && lexer.isKeyword('INTO')) return false
  }
  return true
}
