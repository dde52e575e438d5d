import { BatchQueryError } from '../errors/index.ts'
import type { SqlDialect } from './dialect.ts'
import { Lexer } from './lexer.ts'
import { type Position, positionAt } from './position.ts'
import { definesRoutine } from './routine.ts'
import type { Statement } from './statement.ts'
import { statementKeyword } from './statement-kind.ts'
import { at } from './syntax-error.ts'

const CHANGES = new Set(['DELETE', 'INSERT', 'MERGE', 'REPLACE', 'UPDATE'])

/**
 * Refuses INTO OUTFILE S3 in a statement that is no query. A routine may have it on Aurora MySQL, whose server knows it:
 * that waits until the server is known.
 *
 * @throws BatchQueryError SQL_SYNTAX
 */
export const refuseNoQuery = (statement: Statement, dialect: SqlDialect): void => {
  if (dialect === 'mysql' && definesRoutine(statement, dialect)) return
  refuse(statement, dialect)
}

/**
 * Refuses INTO OUTFILE S3 in the body of a routine, for a server that does not know it.
 *
 * @throws BatchQueryError SQL_SYNTAX
 */
export const refuseInRoutine = (statement: Statement, dialect: SqlDialect): void => {
  if (mayHaveInto(statement) && definesRoutine(statement, dialect)) refuse(statement, dialect)
}

const mayHaveInto = ({ text }: Statement): boolean => /outfile/i.test(text)

const refuse = (statement: Statement, dialect: SqlDialect): void => {
  const into = mayHaveInto(statement) ? findInto(statement, dialect) : null
  if (into === null) return
  const { what, hint } = describe(statement, dialect)
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `${at(into)}: only a query can be exported by INTO OUTFILE S3, and this statement is ${what}`,
    { hint },
  )
}

/** The words with a destination behind them: `MERGE INTO outfile s3 USING ..` means a table. */
const findInto = ({ text, origin, stringRules }: Statement, dialect: SqlDialect): Position | null => {
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

const describe = (statement: Statement, dialect: SqlDialect): { what: string; hint: string } => {
  if (definesRoutine(statement, dialect))
    return {
      what: 'the definition of a routine',
      hint: 'Leave INTO OUTFILE S3 out of the routine, which runs in the server: have it fill a table, and export a SELECT of that table after the CALL.',
    }
  const keyword = statementKeyword(statement.text, dialect, statement.stringRules)
  const what = keyword === '' ? 'none' : keyword
  if (CHANGES.has(keyword))
    return {
      what,
      hint: 'Let the statement run first, and export the rows by a SELECT ... INTO OUTFILE S3 behind it.',
    }
  return {
    what,
    hint: 'Write INTO OUTFILE S3 at the end of a SELECT. Without INTO OUTFILE S3 the rows of this statement go to the log.',
  }
}
