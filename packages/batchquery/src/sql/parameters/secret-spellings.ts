import type { SqlDialect } from '../dialect.ts'
import { writeClauseString, writeLiteral } from './literal.ts'
import type { ParameterValues } from './value.ts'

/**
 * The secrets among the values, each with the other ways in which it is written: inside its literals, which servers quote
 * in errors. For redaction. A server that cuts its quotation short may still show a beginning.
 */
export const secretSpellings = (
  values: ParameterValues,
  dialect: SqlDialect,
): ReadonlyMap<string, readonly string[]> => {
  const spellings = new Map<string, readonly string[]>()
  for (const value of values.values()) {
    if (value.type !== 'secret') continue
    for (const item of value.items) {
      const single = { ...value, items: [item] }
      const literals = [writeLiteral(single, dialect), writeClauseString(single)].map(withoutQuotes)
      spellings.set(
        item,
        [...new Set(literals)].filter(spelling => spelling !== item),
      )
    }
  }
  return spellings
}

const withoutQuotes = (literal: string): string => literal.slice(literal.indexOf("'") + 1, -1)
