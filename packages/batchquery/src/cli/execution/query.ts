import { buffer } from 'node:stream/consumers'
import { openDatabase, withTaskDatabase } from '../../config/index.ts'
import type { Database } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import { formatNamed } from '../../format/index.ts'
import { newRunId } from '../../platform/index.ts'
import { checkReferences, receiveParameters } from '../../run/index.ts'
import {
  type Dialect,
  extensionOf,
  maxPartitionsOf,
  type Parallel,
  parsePartitionBy,
  parseTypes,
  readersOf,
} from '../../sql/index.ts'
import { type ExportWishes, exportTask, isExport } from '../../statements/export-task.ts'
import { readSecrets } from '../../statements/read-secrets.ts'
import { SqlTask } from '../../statements/sql-task.ts'
import { TaskText } from '../../statements/task-text.ts'
import { type Home, openHome } from '../../submit/home.ts'
import { writtenTask } from '../../submit/task.ts'
import type { Context, Execute, Outcome } from '../command.ts'
import { interruptible } from '../interruptible.ts'
import type { Options } from '../options.ts'
import { readParameters } from '../parameters.ts'
import { type ExportFormat, exportFormatOf } from '../query/export-format.ts'
import { isPrintFormat } from '../query/print-formats.ts'
import { rowPrinter } from '../query/row-printer.ts'
import { runQuery } from '../query/run-query.ts'
import { runOutcome, runWithOptions } from '../run-with-options.ts'

export const query: Execute = async ({ operands: [operand], options }, context) => {
  checkOptions(options)
  const exported = options.to === undefined ? null : exportFormatOf(options.to, options.format, options)
  if (exported !== null && options.header === false && !hasHeader(exported))
    throw new BatchQueryError(
      'USAGE',
      `--no-header: a ${exported.format} file always has the names of its columns`,
      {
        hint: 'Remove --no-header, or write --format csv.',
      },
    )
  const sql = await readSql(operand)
  const home = await openHome(options, context, options.to !== undefined)
  const urlOf = (named: string | null): string =>
    withTaskDatabase(home.settings, named, context.environment).database
  const text = TaskText.read(sql, urlOf).checked()
  const url = urlOf(text.directives.database)
  const connectsTo = await openDatabase(url, context.environment, context.folder)
  if (options.to === undefined || exported === null)
    return printRows(text, connectsTo, home, options, context)
  const task = exportTask(
    sql,
    connectsTo.dialect,
    wishesOf(options.to, exported, options, connectsTo.dialect),
  )
  context.log.info(exported.told)
  return exportRows(task, home, options, context)
}

async function printRows(
  text: TaskText,
  database: Database,
  { store }: Home,
  options: Options,
  { folder, log, output }: Context,
): Promise<Outcome> {
  const { parameters } = text.directives
  const { params, environment: given } = await readParameters(options.param ?? [], parameters, folder)
  checkReferences({ params }, text.isSecret)
  const secrets = await interruptible(signal => readSecrets({ params }, given, log, signal))
  const task = new SqlTask(text, {
    given: receiveParameters({ params }, secrets),
    places: { store, folder },
    check: ({ exported, number, statement }) => {
      if (exported !== null) throw isExport(number, statement.line)
    },
  })
  for (const [secret, spellings] of task.secrets) log.addSecret(secret, spellings)
  const usual = process.stdout.isTTY ? 'table' : 'tsv'
  const asked = options.format !== undefined && isPrintFormat(options.format) ? options.format : usual
  const chosen = options.json ? 'json' : asked
  const printer = rowPrinter(chosen, options.header ?? true)
  const mark = `batchquery ${newRunId(new Date())}`
  await interruptible(
    signal => runQuery({ task, database, mark, printer, output, log }, signal),
    options.timeout ?? task.timeoutSeconds,
  )
  return { document: undefined, text: '', exitCode: 0 }
}

async function exportRows(sql: string, home: Home, options: Options, context: Context): Promise<Outcome> {
  const createdAt = new Date()
  const id = newRunId(createdAt)
  const task = writtenTask(id, home.settings.bucket, 'query.sql', sql)
  const record = await runWithOptions({ id, createdAt, task, args: [] }, home, options, context)
  return runOutcome(record, options, context.log)
}

const hasHeader = ({ format }: ExportFormat): boolean =>
  formatNamed(format).clauses.some(clause => clause === 'HEADER')

const wishesOf = (
  to: string,
  exported: ExportFormat,
  {
    header,
    overwrite,
    overwritePartitions,
    manifest,
    partitionBy,
    maxPartitions,
    single,
    extension,
    bom,
    types,
    invalidDates,
    ...options
  }: Options,
  dialect: Dialect,
): ExportWishes => ({
  to,
  format: exported.format,
  compression: exported.compression,
  header: (header ?? true) && hasHeader(exported),
  overwrite: overwritePartitions ? 'PARTITIONS' : overwrite ? 'ON' : 'OFF',
  manifest: manifest ? 'ON' : 'OFF',
  // The export writes the bytes that stdout would get.
  characterSet: 'utf8mb4',
  types: types === undefined ? [] : readList('--types', () => parseTypes(types, dialect)),
  partitionBy:
    partitionBy === undefined
      ? undefined
      : readList('--partition-by', () => parsePartitionBy(partitionBy, dialect)),
  maxPartitions: maxPartitions === undefined ? undefined : readMaxPartitions(maxPartitions),
  extension: extension === undefined ? undefined : readExtension(extension),
  ...{ single, bom },
  parallel: readParallel(options, dialect),
  invalidDates: invalidDates === undefined ? undefined : INVALID_DATES[invalidDates],
})

const INVALID_DATES = { null: 'NULL', error: 'ERROR' } as const

/** @throws USAGE */
function readMaxPartitions(text: string): number {
  const number = /^\d{1,7}$/.test(text) ? maxPartitionsOf(Number(text)) : null
  if (number !== null) return number
  throw new BatchQueryError(
    'USAGE',
    `--max-partitions ${JSON.stringify(text)} is not a number of partitions`,
    { hint: 'Write a number from 1 to 1000000.' },
  )
}

/** @throws USAGE */
function readParallel(
  { parallel, parallelBy, consistency }: Pick<Options, 'parallel' | 'parallelBy' | 'consistency'>,
  dialect: Dialect,
): Parallel | undefined {
  if (parallel === undefined) {
    const option = parallelBy !== undefined ? '--parallel-by' : consistency && '--consistency'
    if (option === undefined) return undefined
    throw new BatchQueryError('USAGE', `${option} needs --parallel`, { hint: 'Add it: --parallel 4.' })
  }
  const readers = readersOf(parallel)
  if (readers === null)
    throw new BatchQueryError('USAGE', `--parallel ${JSON.stringify(parallel)} is not a number of sessions`, {
      hint: 'Write a number from 1 to 64.',
    })
  const by =
    parallelBy === undefined ? null : readList('--parallel-by', () => parsePartitionBy(parallelBy, dialect))
  if (by?.include)
    throw new BatchQueryError('USAGE', `--parallel-by ${JSON.stringify(parallelBy)} has INCLUDE`, {
      hint: 'Write only the names of columns.',
    })
  return { readers, by: by?.columns ?? null, consistency: consistency === 'none' ? 'NONE' : 'SNAPSHOT' }
}

/** @throws USAGE */
function readExtension(text: string): string {
  const extension = extensionOf(text)
  if (extension !== null) return extension
  throw new BatchQueryError('USAGE', `--extension ${JSON.stringify(text)} is not an extension`, {
    hint: 'Write letters and digits, such as csv. To compress, let the name after --to end in .gz or .zst.',
  })
}

/** @throws USAGE */
function readList<List>(option: string, read: () => List): List {
  try {
    return read()
  } catch (cause) {
    const { message, hint } = BatchQueryError.from(cause)
    throw new BatchQueryError('USAGE', `${option}: ${message}`, { cause, hint: hint ?? '' })
  }
}

/** @throws USAGE */
function checkOptions(options: Options): void {
  const { to, format, json } = options
  if (to === undefined && format !== undefined && !isPrintFormat(format))
    throw new BatchQueryError('USAGE', `--format ${format} needs --to`, {
      hint: `Add the destination: --to ./rows.${format}.`,
    })
  if (to === undefined && json && format !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `--json means --format json, but the command line also has --format ${format}`,
      {
        hint: 'Leave one of them out.',
      },
    )
  const onlyWithTo = ONLY_WITH_TO.find(([name]) => options[name] !== undefined)
  if (to === undefined && onlyWithTo !== undefined)
    throw new BatchQueryError('USAGE', `${onlyWithTo[1]} needs --to`, {
      hint: 'Add the destination: --to s3://BUCKET/PREFIX.',
    })
}

const ONLY_WITH_TO = [
  ['overwrite', '--overwrite'],
  ['overwritePartitions', '--overwrite-partitions'],
  ['partitionBy', '--partition-by'],
  ['maxPartitions', '--max-partitions'],
  ['parallel', '--parallel'],
  ['parallelBy', '--parallel-by'],
  ['consistency', '--consistency'],
  ['single', '--single'],
  ['extension', '--extension'],
  ['bom', '--bom'],
  ['manifest', '--manifest'],
  ['types', '--types'],
  ['invalidDates', '--invalid-dates'],
] as const

/** Reads the SQL of a command line; `-` means stdin. @throws TASK_INVALID if stdin is not UTF-8 */
async function readSql(operand: string): Promise<string> {
  if (operand !== '-') return operand
  const bytes = await buffer(process.stdin)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BatchQueryError('TASK_INVALID', 'the SQL on stdin is not UTF-8', {
      cause,
      hint: 'Convert it to UTF-8.',
    })
  }
}
