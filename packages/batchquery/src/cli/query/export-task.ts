import { BatchQueryError } from '../../errors/index.ts'
import { parseExport, type SqlDialect, splitStatements } from '../../sql/index.ts'
import { givesRows } from './gives-rows.ts'
import { isExport } from './read-query.ts'

export interface ExportWishes {
  readonly to: string
  readonly format: 'TEXT' | 'CSV'
  readonly header: boolean
  readonly overwrite: boolean
  readonly manifest: boolean
}

/**
 * SQL as a task that exports what its last statement gives; the others run before it. The bytes are those that stdout
 * would get.
 *
 * @throws TASK_INVALID, SQL_SYNTAX; USAGE where the last statement gives no rows, or one is an export already
 */
export function exportTask(sql: string, dialect: SqlDialect, wishes: ExportWishes): string {
  const statements = splitStatements(sql, dialect)
  const last = statements.at(-1)
  if (last === undefined)
    throw new BatchQueryError('TASK_INVALID', 'there is no statement', { hint: 'Write a SELECT.' })
  const exported = statements.findIndex(statement => parseExport(statement, dialect) !== null)
  if (exported >= 0) throw isExport(exported + 1, statements[exported].line)
  if (!givesRows(last, dialect))
    throw new BatchQueryError(
      'USAGE',
      `--to exports the last statement, and statement ${statements.length} (line ${last.line}) is no query`,
      { hint: 'Put a SELECT last, or leave --to out.' },
    )
  const { to, format, header, overwrite, manifest } = wishes
  const clauses = [
    `INTO OUTFILE S3 ${literal(to)} CHARACTER SET utf8mb4 FORMAT ${format}`,
    ...(header ? ['HEADER'] : []),
    ...(manifest ? ['MANIFEST ON'] : []),
    ...(overwrite ? ['OVERWRITE ON'] : []),
  ]
  // on a line of its own: the query may end in a line comment
  return `${sql.slice(0, last.start + last.text.length)}\n${clauses.join(' ')}\n`
}

/** Quotes and backslashes mean different things in different sessions. */
const literal = (text: string): string =>
  /['\\]/.test(text) ? `X'${Buffer.from(text).toString('hex')}'` : `'${text}'`
