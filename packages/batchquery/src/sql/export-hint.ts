import type { SqlDialect } from './dialect.ts'
import { Lexer } from './lexer.ts'
import type { Statement } from './statement.ts'

/** What MySQL's servers say where they meet INTO OUTFILE S3: in a routine, in a text that is prepared. */
const NEAR_S3 = /near 'S3\b/i

/**
 * A hint for a statement that a server refused, and that was probably meant to be an export; null for any other. Only a
 * refusal that has to do with files or with S3 counts: a missing table is a missing table.
 *
 * @param message the server's
 */
export const exportHint = (statement: Statement, dialect: SqlDialect, message: string): string | null => {
  if (NEAR_S3.test(message))
    return 'Write INTO OUTFILE S3 at the end of a query of the task itself: batchquery reads it there. A text that the server prepares or a routine cannot have it.'
  if (!ABOUT_FILES.test(message) || !writesFile(statement, dialect)) return null
  return "Write INTO OUTFILE S3 's3://bucket/prefix': batchquery exports then. INTO OUTFILE alone has the server write to its own disk."
}

/** 1 and 13 come from the operating system, 1086 is a file that exists; 1045, 1227 and 1290 are rights and settings. */
const ABOUT_FILES = /\((?:1|13|29|1045|1086|1227|1290)\)$/

const writesFile = ({ text, origin, stringRules }: Statement, dialect: SqlDialect): boolean => {
  if (dialect !== 'mysql') return false
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let isAfterInto = false
  while (lexer.nextCode()) {
    if (isAfterInto && (lexer.isKeyword('OUTFILE') || lexer.isKeyword('DUMPFILE'))) return true
    isAfterInto = lexer.isKeyword('INTO')
  }
  return false
}
