import { BatchQueryError } from '../errors/index.ts'
import { type CompressionName, type FormatName, nameOfType, type RequestedType } from '../format/index.ts'
import {
  type Dialect,
  findReading,
  givesRows,
  type ManifestKind,
  type Overwrite,
  type Parallel,
  type PartitionBy,
  parseExport,
  possibleStringRules,
  type Statement,
  splitStatements,
  startOf,
  writeIdentifier,
} from '../sql/index.ts'

/** How to export the rows of a query, in the words of the statement. */
export interface ExportWishes {
  readonly to: string
  readonly format: FormatName
  readonly header: boolean
  readonly overwrite: Overwrite
  readonly manifest: ManifestKind
  /** @default - the result has no partitions */
  readonly partitionBy?: PartitionBy | undefined
  readonly maxPartitions?: number | undefined
  /** @default - parts */
  readonly single?: boolean | undefined
  readonly extension?: string | undefined
  /** @default - one session reads all rows */
  readonly parallel?: Parallel | undefined
  readonly bom?: boolean | undefined
  /** @default - every column as it is stored */
  readonly characterSet?: string | undefined
  /** @default - as the statement without the clause */
  readonly compression?: CompressionName | undefined
  readonly maxFileSize?: string | undefined
  readonly rowGroupSize?: string | undefined
  /** @default - each column has its own type */
  readonly types?: readonly RequestedType[] | undefined
  /** @default - as the statement without the clause */
  readonly invalidDates?: 'NULL' | 'ERROR' | undefined
}

/**
 * Turns SQL into a task that exports the rows of the last statement. The other statements run before it. It reads the SQL as any server
 * may that accepts it.
 *
 * @throws TASK_INVALID, SQL_SYNTAX; USAGE if the last statement returns no rows, or one is an export already
 */
export function exportTask(sql: string, dialect: Dialect, wishes: ExportWishes): string {
  const statements = statementsOf(sql, dialect)
  const last = statements.at(-1)
  if (last === undefined)
    throw new BatchQueryError('TASK_INVALID', 'the text has no statement', { hint: 'Write a SELECT.' })
  const exported = statements.findIndex(statement => parseExport(statement, dialect) !== null)
  if (exported >= 0) throw isExport(exported + 1, statements[exported].line)
  if (!givesRows(last, dialect)) throw notAQuery(statements.length, last.line)
  return writeTask(sql.slice(0, last.start + last.text.length), dialect, wishes)
}

/** @param query ends with the query to export, without a delimiter */
export const writeTask = (query: string, dialect: Dialect, wishes: ExportWishes): string =>
  // The query may end in a line comment, so the clause gets its own line.
  `${query}\n${clausesOf(wishes, dialect).join(' ')}\n`

function statementsOf(sql: string, dialect: Dialect): Statement[] {
  for (const rules of possibleStringRules(dialect)) {
    const statements = findReading(sql, dialect, startOf(sql, rules), statement => {
      parseExport(statement, dialect)
      return statement
    })
    if (statements !== null) return statements
  }
  // It throws the error of a default server.
  return splitStatements(sql, dialect)
}

function clausesOf(wishes: ExportWishes, dialect: Dialect): string[] {
  const { to, format, header, overwrite, manifest, characterSet, compression } = wishes
  const { maxFileSize, rowGroupSize, types = [], invalidDates } = wishes
  return [
    `INTO OUTFILE S3 ${literal(to)}`,
    ...(characterSet === undefined ? [] : [`CHARACTER SET ${characterSet}`]),
    `FORMAT ${format}`,
    ...(header ? ['HEADER'] : []),
    ...(manifest === 'OFF' ? [] : [`MANIFEST ${manifest}`]),
    ...(overwrite === 'OFF' ? [] : [`OVERWRITE ${overwrite}`]),
    ...datasetClauses(wishes, dialect),
    ...(compression === undefined ? [] : [`COMPRESSION ${compression}`]),
    ...(maxFileSize === undefined ? [] : [`MAXFILESIZE ${maxFileSize}`]),
    ...(rowGroupSize === undefined ? [] : [`ROWGROUPSIZE ${rowGroupSize}`]),
    ...(types.length === 0 ? [] : [`TYPES (${types.map(type => typeText(type, dialect)).join(', ')})`]),
    ...(invalidDates === undefined ? [] : [`INVALID DATES ${invalidDates}`]),
  ]
}

function datasetClauses(wishes: ExportWishes, dialect: Dialect): string[] {
  const { partitionBy, maxPartitions, single, extension, bom, parallel } = wishes
  const names = partitionBy?.columns.map(column => writeIdentifier([column], dialect)) ?? []
  const include = partitionBy?.include ? ' INCLUDE' : ''
  return [
    ...(names.length === 0 ? [] : [`PARTITION BY (${names.join(', ')})${include}`]),
    ...(maxPartitions === undefined ? [] : [`MAXPARTITIONS ${maxPartitions}`]),
    ...(parallel === undefined ? [] : [parallelClause(parallel, dialect)]),
    ...(single ? ['SINGLE ON'] : []),
    ...(extension === undefined ? [] : [`EXTENSION ${literal(extension)}`]),
    ...(bom ? ['BOM ON'] : []),
  ]
}

function parallelClause({ readers, by, consistency }: Parallel, dialect: Dialect): string {
  const names = by?.map(column => writeIdentifier([column], dialect)) ?? []
  return [
    `PARALLEL ${readers}`,
    ...(names.length === 0 ? [] : [`BY (${names.join(', ')})`]),
    ...(consistency === 'SNAPSHOT' ? [] : [`CONSISTENCY ${consistency}`]),
  ].join(' ')
}

/** The name is in quotes that every session of the dialect reads as those of a name. */
const typeText = ({ column, type, isRequired }: RequestedType, dialect: Dialect): string =>
  `${writeIdentifier([column], dialect)} AS ${nameOfType(type)}${isRequired ? ' NOT NULL' : ''}`

/** The error for a statement that has no rows to export. */
export const notAQuery = (number: number, line: number): BatchQueryError =>
  new BatchQueryError(
    'USAGE',
    `the export needs the rows of the last statement, but statement ${number} (line ${line}) is not a query`,
    { hint: 'Write a SELECT last, or run the statement without exporting it.' },
  )

/** The error for a statement with INTO OUTFILE S3 if the caller asked for rows. */
export const isExport = (number: number, line: number): BatchQueryError =>
  new BatchQueryError('USAGE', `statement ${number} (line ${line}) is an export (INTO OUTFILE S3)`, {
    hint: 'Run it as a task with `batchquery run FILE`, or remove INTO OUTFILE S3 and name the destination with --to or export.',
  })

/** A quote and a backslash mean different things in different sessions, so a text with one becomes hexadecimal digits. */
const literal = (text: string): string =>
  /['\\]/.test(text) ? `X'${Buffer.from(text).toString('hex')}'` : `'${text}'`
