import type { Dialect } from '../dialects/index.ts'
import { Lexer } from '../lexer.ts'
import { LineCounter, type Position } from '../position.ts'
import { definesRoutine } from '../routine.ts'
import type { Statement } from '../statement.ts'
import { isQuery } from '../statement-kind.ts'

/** One `:name` of a statement. */
export interface ParameterUse {
  readonly name: string
  /** Offsets in the statement's text, the end exclusive. */
  readonly start: number
  readonly end: number
  /** In the clauses of an export, which batchquery reads and no server. */
  readonly inExportClause: boolean
  /** The word just before it, in upper case; empty if another kind of token comes before it. */
  readonly after: string
  readonly beforeString: boolean
}

/**
 * The parameters of a statement: every `:name` outside strings, comments, quoted identifiers, casts and slices. The body of a routine has
 * none, because it runs when the routine is called, and its colons are its own.
 */
export const parameterUses = (statement: Statement, dialect: Dialect): readonly ParameterUse[] => {
  const { text, origin, stringRules } = statement
  if (!text.includes(':') || definesRoutine(statement, dialect)) return []
  const exports = isQuery(text, dialect, stringRules)
  const lexer = new Lexer(text, dialect, origin, stringRules)
  const uses: ParameterUse[] = []
  let open: Omit<ParameterUse, 'beforeString'> | null = null
  let after = ''
  while (lexer.nextCode()) {
    if (open !== null) uses.push({ ...open, beforeString: lexer.kind === 'string' })
    const { start, end, keyword } = lexer
    const inExportClause = exports && lexer.inExportClause
    open =
      lexer.kind === 'parameter'
        ? { name: text.slice(start + 1, end), start, end, inExportClause, after }
        : null
    after = keyword
  }
  if (open !== null) uses.push({ ...open, beforeString: false })
  return uses
}

/** The names that a task uses, each with the place of its first use. */
export const usedParameters = (
  statements: readonly Statement[],
  dialect: Dialect,
): ReadonlyMap<string, Position> => {
  const used = new Map<string, Position>()
  for (const statement of statements) {
    const lines = new LineCounter(statement.text, statement.origin)
    for (const { name, start } of parameterUses(statement, dialect))
      if (!used.has(name)) used.set(name, lines.positionAt(start))
  }
  return used
}
