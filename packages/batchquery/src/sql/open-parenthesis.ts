import type { Dialect } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'
import { syntaxError } from './syntax-error.ts'

/**
 * Refuses a statement that ends inside parentheses, because a clause after it would be inside them too.
 *
 * @throws SQL_SYNTAX
 */
export function refuseOpenParenthesis(statement: Statement, dialect: Dialect): void {
  const { text, origin, stringRules } = statement
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let depth = 0
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
  }
  if (depth <= 0) return
  const position = { ...origin, line: statement.line, column: statement.column }
  const found = depth === 1 ? 'one too few' : `${depth} too few`
  throw syntaxError(
    position,
    'a closing parenthesis for each that opens',
    found,
    'Close the open parentheses.',
  )
}
