import { BatchQueryError } from '../errors/index.ts'
import { type Dialect, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import { type Position, positionAt } from './position.ts'
import { definesRoutine } from './routine.ts'
import type { Statement } from './statement.ts'
import { statementKeyword } from './statement-kind.ts'
import { at } from './syntax-error.ts'

const CHANGES = new Set(['DELETE', 'INSERT', 'MERGE', 'REPLACE', 'UPDATE'])

/**
 * Refuses INTO OUTFILE S3 in a statement that is not a query. The body of a routine may have it if some server of the dialect knows it:
 * `refuseInRoutine` decides when the server is known.
 *
 * @throws BatchQueryError SQL_SYNTAX
 */
export const refuseNoQuery = (statement: Statement, dialect: Dialect): void => {
  if (wordsOf(dialect).routinesMayExport && definesRoutine(statement, dialect)) return
  refuse(statement, dialect)
}

/**
 * Refuses INTO OUTFILE S3 in the body of a routine, for a server that does not know it.
 *
 * @throws BatchQueryError SQL_SYNTAX
 */
export const refuseInRoutine = (statement: Statement, dialect: Dialect): void => {
  if (mayHaveInto(statement) && definesRoutine(statement, dialect)) refuse(statement, dialect)
}

const mayHaveInto = ({ text }: Statement): boolean => /outfile/i.test(text)

const refuse = (statement: Statement, dialect: Dialect): void => {
  const into = mayHaveInto(statement) ? findInto(statement, dialect) : null
  if (into === null) return
  const { what, hint } = describe(statement, dialect)
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `${at(into)}: INTO OUTFILE S3 exports only a query, but this statement is ${what}`,
    { hint },
  )
}

/** The words with a destination after them: `MERGE INTO outfile s3 USING ..` means a table. */
const findInto = ({ text, origin, stringRules }: Statement, dialect: Dialect): Position | null => {
  const lexer = new Lexer(text, dialect, origin, stringRules)
  let into = 0
  let isBefore = false
  while (lexer.nextCode()) {
    if (isBefore && (lexer.kind === 'string' || lexer.kind === 'parameter'))
      return positionAt(text, into, origin)
    if (lexer.isKeyword('INTO')) into = lexer.start
    isBefore = lexer.endsIntoOutfileS3
  }
  return null
}

const describe = (statement: Statement, dialect: Dialect): { what: string; hint: string } => {
  if (definesRoutine(statement, dialect))
    return {
      what: 'the definition of a routine',
      hint: 'Remove INTO OUTFILE S3 from the routine, because a routine runs in the server. Let it fill a table, and export a SELECT of that table after the CALL.',
    }
  const keyword = statementKeyword(statement.text, dialect, statement.stringRules)
  const what = keyword === '' ? 'none' : keyword
  if (CHANGES.has(keyword))
    return {
      what,
      hint: 'Run the statement first, and export the rows with a SELECT ... INTO OUTFILE S3 after it.',
    }
  return {
    what,
    hint: 'Write INTO OUTFILE S3 at the end of a SELECT. Without it, the rows of this statement go to the log.',
  }
}
