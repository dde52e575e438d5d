import { BatchQueryError } from '../../errors/index.ts'
import type { Dialect } from '../dialects/index.ts'
import { positionAt } from '../position.ts'
import type { Statement } from '../statement.ts'
import { at } from '../syntax-error.ts'
import { writeClauseString, writeLiteral } from './literal.ts'
import { type ParameterUse, parameterUses } from './uses.ts'
import type { ParameterValue, ParameterValues } from './value.ts'

/**
 * The statement with a literal in the place of every `:name`. No line is added; after a literal, the columns of the same line shift.
 *
 * In the clauses of an export a value becomes a string, which joins the strings next to it; after MAXFILESIZE it stays a number:
 *
 *     INTO OUTFILE S3 's3://bucket/day=' :day '/orders' MAXFILESIZE :size MB
 *
 * @throws BatchQueryError MISSING_PARAMETER: `values` lacks a name (bindParameters finds that out before)
 */
export const substitute = (statement: Statement, values: ParameterValues, dialect: Dialect): Statement => {
  const { text, origin } = statement
  return replaceParameters(statement, dialect, use => {
    const value = values.get(use.name)
    if (value !== undefined) return literalAt(use, value, dialect)
    const place = at(positionAt(text, use.start, origin))
    throw new BatchQueryError('MISSING_PARAMETER', `${place}: parameter ${use.name} has no value`, {
      hint: `Pass it with -p ${use.name}=VALUE.`,
    })
  })
}

/**
 * The statement with another text in the place of every `:name`.
 *
 * @param literalOf returns the text; null leaves the parameter unchanged
 */
export const replaceParameters = (
  statement: Statement,
  dialect: Dialect,
  literalOf: (use: ParameterUse) => string | null,
): Statement => {
  const { text } = statement
  let substituted = ''
  let end = 0
  for (const use of parameterUses(statement, dialect)) {
    const literal = literalOf(use)
    if (literal === null) continue
    substituted += text.slice(end, use.start) + apart(text, use, literal)
    end = use.end
  }
  return end === 0 ? statement : { ...statement, text: substituted + text.slice(end) }
}

const literalAt = (use: ParameterUse, value: ParameterValue, dialect: Dialect): string =>
  use.inExportClause && use.after !== 'MAXFILESIZE' ? writeClauseString(value) : writeLiteral(value, dialect)

const OPENS = /[\s(,[]$/
const CLOSES = /^(?:[\s),;\]]|$)/

/**
 * The literal, with a space on each side on which it might touch another token. PostgreSQL and DuckDB would take a string on the next
 * line for a piece of the literal; a comment between the two keeps them apart.
 */
const apart = (text: string, use: ParameterUse, literal: string): string => {
  const before = use.start === 0 || OPENS.test(text.slice(use.start - 1, use.start)) ? '' : ' '
  const after = CLOSES.test(text.slice(use.end, use.end + 1)) ? '' : ' '
  const comment = use.beforeString && !use.inExportClause ? ' /**/' : ''
  return `${before}${literal}${comment}${after}`
}
