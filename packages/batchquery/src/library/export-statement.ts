import { BatchQueryError } from '../errors/index.ts'
import {
  type Dialect,
  type ExportStatement,
  givesRows,
  maxFileSizeOf,
  NO_CLAUSES,
  refuseOpenParenthesis,
  type Statement,
  splitStatements,
} from '../sql/index.ts'
import { type ExportWishes, notAQuery } from '../statements/export-task.ts'

/**
 * The statement that exports the rows of a query, as if it had been read from the task that `writeTask` writes.
 *
 * @param query no export itself
 * @throws USAGE when the query gives no rows, SQL_SYNTAX when a parenthesis of it stays open or no statement can say a wish
 */
export function exportStatement(query: Statement, dialect: Dialect, wishes: ExportWishes): ExportStatement {
  const { to: destination, format, header, manifest, overwrite, compression = 'NONE' } = wishes
  const { characterSet, maxFileSize } = wishes
  const { text, stringRules } = query
  // DELIMITER allows more, and no task could say it.
  if (splitStatements(text, dialect, stringRules)[0]?.text !== text)
    throw new BatchQueryError('USAGE', 'an export takes one statement, not several', {
      hint: 'Call `execute` for the others: they run in the same session.',
    })
  if (!givesRows(query, dialect)) throw notAQuery(1, query.line)
  refuseOpenParenthesis(query, dialect)
  if (destination === '')
    throw new BatchQueryError('SQL_SYNTAX', 'the destination of the export is empty', {
      hint: 'Write s3://bucket/prefix, or a path.',
    })
  return {
    ...NO_CLAUSES,
    // The query may end in a line comment.
    query: `${text}\n`,
    at: text.length + 1,
    destination,
    format,
    header,
    manifest,
    overwrite,
    compression,
    characterSet: characterSet === undefined ? null : nameOf(characterSet),
    maxFileSize: maxFileSize === undefined ? null : bytesOf(maxFileSize),
  }
}

/** DEFAULT is what holds without the clause. */
function nameOf(characterSet: string): string | null {
  if (characterSet.toUpperCase() === 'DEFAULT') return null
  if (/^[A-Za-z]\w*$/.test(characterSet)) return characterSet
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `the option characterSet of export is ${JSON.stringify(characterSet)}, and that is no name`,
    { hint: "Write the name that the server has for it, such as 'utf8mb4'." },
  )
}

function bytesOf(maxFileSize: string): number {
  const [, number = '', unit] = /^(\d+(?:\.\d*)?|\.\d+) (MB|GB)$/.exec(maxFileSize) ?? []
  const bytes = unit === 'MB' || unit === 'GB' ? maxFileSizeOf(number, unit) : null
  if (bytes !== null) return bytes
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `the option maxFileSize of export is ${JSON.stringify(maxFileSize)}, and not a size of 1 MB to 5120 GB`,
    { hint: "Write a size such as '256 MB' or '6.2 GB'." },
  )
}
