import type { Dialect } from './dialects/index.ts'
import { OTHER_OBJECTS, ROUTINES } from './keyword.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'

const OTHER_BODIES = new Set(['LIBRARY', 'MACRO', 'PACKAGE'])

/**
 * The statement creates or alters something with a body that runs later: a procedure, function, trigger, event,
 * package, library or macro.
 */
export const definesRoutine = (statement: Statement, dialect: Dialect): boolean => {
  const lexer = new Lexer(statement.text, dialect, statement.origin, statement.stringRules)
  if (!lexer.nextCode() || !(lexer.isKeyword('CREATE') || lexer.isKeyword('ALTER'))) return false
  while (lexer.nextCode()) {
    const { keyword } = lexer
    if (ROUTINES.has(keyword) || OTHER_BODIES.has(keyword)) return true
    if (OTHER_OBJECTS.has(keyword) || keyword === 'AS' || lexer.isOperator('(')) return false
  }
  return false
}
