import type { Dialect } from '../dialects/index.ts'
import { writeClauseString, writeLiteral } from './literal.ts'
import type { ParameterValues } from './value.ts'

/**
 * The secrets among the values, each with its other spellings, for redaction: those inside its literals, which servers quote in errors. A
 * server that shortens its quotation may still show a beginning.
 */
export const secretSpellings = (
  values: ParameterValues,
  dialect: Dialect,
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
