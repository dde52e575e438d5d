import type { Dialect } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'
import { isQuery } from './statement-kind.ts'

/**
 * Whether a statement is a query whose rows come to the client. `INTO @variable`, `INTO OUTFILE 'file'` and PostgreSQL's `INTO table`
 * put them elsewhere.
 */
export function givesRows({ text, origin, stringRules }: Statement, dialect: Dialect): boolean {
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
