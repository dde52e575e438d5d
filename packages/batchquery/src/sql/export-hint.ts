import { type Dialect, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'

/**
 * A hint for a statement that a server refused, if it was probably meant to be an export; otherwise null.
 *
 * @param message the server's
 */
export const exportHint = (statement: Statement, dialect: Dialect, message: string): string | null =>
  wordsOf(dialect).exportHint(message, () => writesFile(statement, dialect))

const writesFile = ({ text, origin, stringRules }: Statement, dialect: Dialect): boolean => {
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let isAfterInto = false
  while (lexer.nextCode()) {
    if (isAfterInto && (lexer.isKeyword('OUTFILE') || lexer.isKeyword('DUMPFILE'))) return true
    isAfterInto = lexer.isKeyword('INTO')
  }
  return false
}
