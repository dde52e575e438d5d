import { BatchQueryError } from '../errors/index.ts'
import type { FormatName } from '../format/index.ts'
import {
  findReading,
  givesRows,
  parseExport,
  possibleStringRules,
  type SqlDialect,
  type Statement,
  splitStatements,
  startOf,
} from '../sql/index.ts'

/** How the rows of a query are to be exported, in the words of the statement. */
export interface ExportWishes {
  readonly to: string
  readonly format: FormatName
  readonly header: boolean
  readonly overwrite: boolean
  readonly manifest: boolean
  /** @default - every column as it is stored */
  readonly characterSet?: string | undefined
  readonly compression?: 'NONE' | 'GZIP' | 'ZSTD' | undefined
  readonly maxFileSize?: string | undefined
}

/**
 * SQL as a task that exports what its last statement gives; the others run before it. The SQL is read as any server may
 * that takes it.
 *
 * @throws TASK_INVALID, SQL_SYNTAX; USAGE where the last statement gives no rows, or one is an export already
 */
export function exportTask(sql: string, dialect: SqlDialect, wishes: ExportWishes): string {
  const statements = statementsOf(sql, dialect)
  const last = statements.at(-1)
  if (last === undefined)
    throw new BatchQueryError('TASK_INVALID', 'there is no statement', { hint: 'Write a SELECT.' })
  const exported = statements.findIndex(statement => parseExport(statement, dialect) !== null)
  if (exported >= 0) throw isExport(exported + 1, statements[exported].line)
  if (!givesRows(last, dialect)) throw notAQuery(statements.length, last.line)
  return writeTask(sql.slice(0, last.start + last.text.length), wishes)
}

/** @param query ends with the query that is exported, without a delimiter */
export const writeTask = (query: string, wishes: ExportWishes): string =>
  // on a line of its own: the query may end in a line comment
  `${query}\n${clausesOf(wishes).join(' ')}\n`

function statementsOf(sql: string, dialect: SqlDialect): Statement[] {
  for (const rules of possibleStringRules(dialect)) {
    const statements = findReading(sql, dialect, startOf(sql, rules), statement => {
      parseExport(statement, dialect)
      return statement
    })
    if (statements !== null) return statements
  }
  // says what is wrong
  return splitStatements(sql, dialect)
}

function clausesOf(wishes: ExportWishes): string[] {
  const { to, format, header, overwrite, manifest, characterSet, compression, maxFileSize } = wishes
  return [
    `INTO OUTFILE S3 ${literal(to)}`,
    ...(characterSet === undefined ? [] : [`CHARACTER SET ${characterSet}`]),
    `FORMAT ${format}`,
    ...(header ? ['HEADER'] : []),
    ...(manifest ? ['MANIFEST ON'] : []),
    ...(overwrite ? ['OVERWRITE ON'] : []),
    ...(compression === undefined ? [] : [`COMPRESSION ${compression}`]),
    ...(maxFileSize === undefined ? [] : [`MAXFILESIZE ${maxFileSize}`]),
  ]
}

/** For a statement that has no rows to export. */
export const notAQuery = (number: number, line: number): BatchQueryError =>
  new BatchQueryError(
    'USAGE',
    `what is exported is the last statement, and statement ${number} (line ${line}) is no query`,
    { hint: 'Put a SELECT last, or run the statement without exporting it.' },
  )

/** For a statement that has INTO OUTFILE S3 where only rows are asked for. */
export const isExport = (number: number, line: number): BatchQueryError =>
  new BatchQueryError('USAGE', `statement ${number} (line ${line}) is an export (INTO OUTFILE S3)`, {
    hint: 'Run it as a task with `batchquery run FILE`, or leave INTO OUTFILE S3 out and say where to export to (--to, export).',
  })

/** Quotes and backslashes mean different things in different sessions. */
const literal = (text: string): string =>
  /['\\]/.test(text) ? `X'${Buffer.from(text).toString('hex')}'` : `'${text}'`
