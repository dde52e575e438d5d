import { ClauseReader } from './clause-reader.ts'
import type { Dialect } from './dialects/index.ts'
import { readExportClauses } from './export-clause.ts'
import type { ExportStatement } from './export-statement.ts'
import { Lexer } from './lexer.ts'
import { refuseMisspelt } from './misspelt-into.ts'
import { refuseNoQuery } from './no-query.ts'
import type { Statement } from './statement.ts'
import { isQuery } from './statement-kind.ts'
import { syntaxError } from './syntax-error.ts'

const DESTINATION_FORM = "INTO OUTFILE S3 's3://bucket/prefix', the destination in quotes"

interface IntoClause {
  readonly start: number
  readonly inExecutableComment: boolean
}

/**
 * Reads a statement as an export. Null if it is none: an export is a query (SELECT, VALUES, TABLE, WITH one of them, one in parentheses,
 * one after MariaDB's SET STATEMENT ... FOR, DuckDB's FROM and PIVOT) with the words INTO OUTFILE S3 outside parentheses. A plain INTO
 * OUTFILE, which writes to the server's own disk, is not an export.
 *
 * INTO may come at the end, before a locking clause, or before FROM.
 * https://dev.mysql.com/doc/refman/8.4/en/select-into.html
 *
 * @throws BatchQueryError SQL_SYNTAX: a clause is malformed or repeated; INTO OUTFILE S3 is in parentheses, in another statement than a
 *   query, or misspelled
 * @throws BatchQueryError UNSUPPORTED_CLAUSE: the clause asks for something that batchquery exports from no database
 */
export const parseExport = (statement: Statement, dialect: Dialect): ExportStatement | null => {
  const { text, origin, stringRules } = statement
  if (!isQuery(text, dialect, stringRules)) {
    refuseNoQuery(statement, dialect)
    return null
  }
  const lexer = new Lexer(text, dialect, origin, stringRules)
  const into = findInto(lexer)
  if (into === null) {
    refuseMisspelt(statement, dialect)
    return null
  }
  const reader = new ClauseReader(lexer, dialect)
  const destination = reader.textLiteral('INTO OUTFILE S3', DESTINATION_FORM)
  const clauses = readExportClauses(reader)
  if (reader.inExecutableComment !== into.inExecutableComment) {
    throw syntaxError(
      reader.position,
      'INTO OUTFILE S3 and its clauses all inside or all outside of /*! */',
      'both',
      'Write the whole of INTO OUTFILE S3 on one side of the comment marks.',
    )
  }
  const query = cutOut(text, into.start, reader.end)
  if (!reader.atEnd && findInto(lexer) !== null) {
    throw syntaxError(
      lexer.position,
      'INTO OUTFILE S3 only once',
      'it again',
      'Write one statement per export.',
    )
  }
  return { query, at: into.start, destination, ...clauses }
}

/** Moves the lexer to the S3 of INTO OUTFILE S3. */
const findInto = (lexer: Lexer): IntoClause | null => {
  let depth = 0
  let into: IntoClause = { start: 0, inExecutableComment: false }
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    else if (lexer.isKeyword('INTO')) {
      into = { start: lexer.start, inExecutableComment: lexer.inExecutableComment }
    } else if (lexer.endsIntoOutfileS3) {
      if (depth <= 0) return into
      throw syntaxError(
        lexer.position,
        'INTO OUTFILE S3 outside parentheses',
        'it inside',
        'Write INTO OUTFILE S3 and its clauses after the closing parenthesis.',
      )
    }
  }
  return null
}

/** The text without a range. A space replaces it if two tokens would touch otherwise. */
const cutOut = (text: string, start: number, end: number): string => {
  const before = text.slice(0, start)
  const after = text.slice(end)
  const touches = /\S$/.test(before.slice(-1)) && /^\S/.test(after.slice(0, 1))
  return before + (touches ? ' ' : '') + after
}
