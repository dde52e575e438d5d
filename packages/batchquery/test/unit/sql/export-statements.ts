import { type Dialect, type ExportStatement, parseExport, splitStatements } from '../../../src/sql/index.ts'

/** The export of a text with one statement; null if it is none. */
export const parse = (sql: string, dialect: Dialect = 'mysql'): ExportStatement | null => {
  const statements = splitStatements(sql, dialect)
  const [statement] = statements
  if (statement === undefined || statements.length > 1) throw new Error(`${statements.length} statements`)
  return parseExport(statement, dialect)
}

export const withClause = (clause: string): string => `SELECT 1 INTO OUTFILE S3 's3://b/p' ${clause}`
