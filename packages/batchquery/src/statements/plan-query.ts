import { BatchQueryError } from '../errors/index.ts'
import { type Places, planExport, resolveDestination } from '../export/index.ts'
import {
  type Dialect,
  type ExportStatement,
  givesRows,
  maxFileSizeOf,
  NO_CLAUSES,
  refuseOpenParenthesis,
  rowGroupSizeOf,
  type Statement,
  splitStatements,
} from '../sql/index.ts'
import { type ExportWishes, notAQuery, writeTask } from './export-task.ts'
import type { PlannedExport } from './run-export.ts'

/**
 * Plans the export of one query, as if it had been read from the task that `task` writes. A process that runs the export again reads that
 * task.
 *
 * @param query not an export itself
 * @throws USAGE, SQL_SYNTAX, UNSUPPORTED_CLAUSE, KEY_INVALID: nothing has begun yet
 */
export function planQuery(
  query: Statement,
  dialect: Dialect,
  wishes: ExportWishes,
  places: Places,
): PlannedExport & { readonly task: () => string } {
  const statement = exportStatement(query, dialect, wishes)
  const plan = planExport(statement, resolveDestination(statement.destination, places))
  return { statement, plan, task: () => writeTask(query.text, dialect, wishes) }
}

/** @throws USAGE if the query returns no rows; SQL_SYNTAX if a parenthesis in it stays open, or no clause can express a wish */
function exportStatement(query: Statement, dialect: Dialect, wishes: ExportWishes): ExportStatement {
  const { to: destination, format, header, manifest, overwrite, compression = null } = wishes
  const { characterSet, maxFileSize, rowGroupSize, types = [], invalidDates = null } = wishes
  const { partitionBy = null, maxPartitions = null, single = false, extension = null, bom = false } = wishes
  const { parallel = null } = wishes
  const { text, stringRules } = query
  // With DELIMITER the text may contain several statements, which no task of one statement can express.
  if (splitStatements(text, dialect, stringRules)[0]?.text !== text)
    throw new BatchQueryError('USAGE', 'an export runs one statement, not several', {
      hint: 'Call `execute` for the others. They run in the same session.',
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
    maxFileSize: maxFileSize === undefined ? null : bytesOf(MAX_FILE_SIZE, maxFileSize),
    rowGroupSize: rowGroupSize === undefined ? null : bytesOf(ROW_GROUP_SIZE, rowGroupSize),
    types,
    invalidDates,
    partitionBy,
    maxPartitions,
    ...{ single, parallel },
    extension,
    bom,
  }
}

/** The name of a character set. DEFAULT means the same as no clause. */
function nameOf(characterSet: string): string | null {
  if (characterSet.toUpperCase() === 'DEFAULT') return null
  if (/^[A-Za-z]\w*$/.test(characterSet)) return characterSet
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `the option characterSet of export is ${JSON.stringify(characterSet)}, which is not a name`,
    { hint: "Write the server's name of the character set, such as 'utf8mb4'." },
  )
}

const MAX_FILE_SIZE = {
  option: 'maxFileSize',
  range: '1 MB to 5120 GB',
  example: "'256 MB' or '6.2 GB'",
  bytes: maxFileSizeOf,
}
const ROW_GROUP_SIZE = {
  option: 'rowGroupSize',
  range: '4 MB to 512 MB',
  example: "'64 MB'",
  bytes: rowGroupSizeOf,
}

function bytesOf({ option, range, example, bytes: of }: typeof MAX_FILE_SIZE, size: string): number {
  const [, number = '', unit] = /^(\d+(?:\.\d*)?|\.\d+) (MB|GB)$/.exec(size) ?? []
  const bytes = unit === 'MB' || unit === 'GB' ? of(number, unit) : null
  if (bytes !== null) return bytes
  throw new BatchQueryError(
    'SQL_SYNTAX',
    `the option ${option} of export is ${JSON.stringify(size)}, which is not a size of ${range}`,
    { hint: `Write a size such as ${example}.` },
  )
}
