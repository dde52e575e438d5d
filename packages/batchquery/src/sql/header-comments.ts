import type { Dialect } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import { LineCounter } from './position.ts'

export interface HeaderComment {
  /** Without the dashes and the spaces around it. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/**
 * The `-- ...` lines before the first statement, in which a task declares what it needs (`-- @database main`). There may be other
 * comments between them.
 *
 * @throws BatchQueryError SQL_SYNTAX: a comment before the first statement is never closed
 */
export const headerComments = (sql: string, dialect: Dialect): HeaderComment[] => {
  const lexer = new Lexer(sql, dialect)
  const lines = new LineCounter(sql)
  const comments: HeaderComment[] = []
  while (lexer.next() && lexer.kind === 'comment') {
    if (!lexer.text.startsWith('--')) continue
    comments.push({ text: lexer.text.slice(2).trim(), line: lines.positionAt(lexer.start).line })
  }
  return comments
}
