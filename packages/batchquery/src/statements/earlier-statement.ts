import { type Dialect, type StringRules, sameStringRules, statementKeyword } from '../sql/index.ts'
import type { Step } from './sql-task.ts'
import { type StatementText, tokensOf } from './statement-tokens.ts'

/** An earlier statement that a query needs, and what it needs of it, for people. */
export interface EarlierStatement {
  /** From 1. */
  readonly number: number
  readonly line: number
  /** `creates t`, `sets @since`. */
  readonly does: string
}

/** What the words of a SET change that decides which tables a name means, and who may read them. */
const CONTEXT_WORDS = new Set(['SEARCH_PATH', 'SCHEMA', 'ROLE', 'AUTHORIZATION'])
/** Between CREATE, ALTER or ATTACH and the name. */
const BEFORE_NAME = new Set(
  'OR REPLACE GLOBAL LOCAL TEMPORARY TEMP UNLOGGED EXTERNAL FOREIGN RECURSIVE MATERIALIZED TABLE VIEW SEQUENCE FUNCTION MACRO AGGREGATE TYPE SCHEMA DATABASE IF NOT EXISTS ONLY'.split(
    ' ',
  ),
)
const DEFINES = new Set(['CREATE', 'ALTER'])
/** `ATTACH 'file' AS name` of DuckDB. */
const ATTACHES = 'ATTACH'

/**
 * The earlier statement whose effect a query surely needs, because the query without it means something else: it uses a user variable
 * that the statement sets, or the statement decides which schema names belong to. The latest of several. Null if there is none.
 */
export function surelyNeeded(
  query: StatementText,
  earlier: readonly Step[],
  dialect: Dialect,
): EarlierStatement | null {
  const variables = new Set(tokensOf(query, dialect).flatMap(({ variable }) => variable ?? []))
  return latest(earlier, ({ statement }) => {
    const tokens = tokensOf(statement, dialect)
    const keyword = statementKeyword(statement.text, dialect, statement.stringRules)
    const [, second] = tokens
    if (keyword === 'USE') return `chooses the database (USE ${second?.text ?? ''})`
    if (keyword === 'SET') {
      const word = tokens.slice(1, 4).find(({ keyword: own }) => CONTEXT_WORDS.has(own))
      if (word !== undefined) return `sets ${word.text}`
    }
    const set = tokens.find(({ variable }) => variable !== null && variables.has(variable))
    return set === undefined ? null : `sets ${set.text}`
  })
}

/**
 * The earlier statement after which the session reads strings otherwise than now, so that it would read the query wrongly. Null if there is
 * none.
 *
 * @param rules as the session reads strings now
 */
export function changingStatement(
  query: StatementText,
  earlier: readonly Step[],
  rules: StringRules,
): EarlierStatement | null {
  if (sameStringRules(query.stringRules, rules)) return null
  const step = earlier.findLast(({ statement }) => sameStringRules(statement.stringRules, rules))
  if (step === undefined) return null
  return { number: step.number, line: step.statement.line, does: 'changes how the server reads strings' }
}

/** The earlier statement that defines something that a query names. The latest of several. Null if there is none. */
export function definingStatement(
  query: StatementText,
  earlier: readonly Step[],
  dialect: Dialect,
): EarlierStatement | null {
  const names = new Set(tokensOf(query, dialect).flatMap(({ name }) => name ?? []))
  return latest(earlier, ({ statement }) => {
    const defined = definedName(statement, dialect)
    return defined !== null && names.has(defined) ? `creates ${defined}` : null
  })
}

function latest(steps: readonly Step[], doesOf: (step: Step) => string | null): EarlierStatement | null {
  for (const step of steps.toReversed()) {
    const does = step.exported === null ? doesOf(step) : null
    if (does !== null) return { number: step.number, line: step.statement.line, does }
  }
  return null
}

/** The last part of the name that a statement defines, in lower case. */
function definedName(statement: StatementText, dialect: Dialect): string | null {
  const [first, ...tokens] = tokensOf(statement, dialect)
  if (first?.keyword === ATTACHES)
    return tokens.at(tokens.findIndex(({ keyword }) => keyword === 'AS') + 1)?.name ?? null
  if (first === undefined || !DEFINES.has(first.keyword)) return null
  let at = tokens.findIndex(({ keyword, name }) => name !== null && !BEFORE_NAME.has(keyword))
  while (tokens[at + 1]?.text === '.') at += 2
  return tokens[at]?.name ?? null
}
