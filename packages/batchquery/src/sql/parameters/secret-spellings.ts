import type { SqlDialect } from '../dialect.ts'
import { writeClauseString, writeLiteral } from './literal.ts'
import type { ParameterValues } from './value.ts'

/**
 * The secrets among the values in every way that they are written: as they are, and inside their literals, which
 * servers quote in errors. For redaction. A server that cuts its quotation short may still show a beginning.
 */
export const secretSpellings = (values: ParameterValues, dialect: SqlDialect): string[] => {
  const spellings = new Set<string>()
  for (const value of values.values()) {
    if (value.type !== 'secret') continue
    for (const item of value.items) {
      const single = { ...value, items: [item] }
      const literals = [writeLiteral(single, dialect), writeClauseString(single)]
      for (const spelling of [item, ...literals.map(withoutQuotes)]) spellings.add(spelling)
    }
  }
  spellings.delete('')
  return [...spellings]
}

const withoutQuotes = (literal: string): string => literal.slice(literal.indexOf("'") + 1, -1)
