import prettyBytes from 'pretty-bytes'
import { isDialect } from '../../database/dialects.ts'
import { parseDatabaseUrl } from '../../database/url.ts'
import { BatchQueryError } from '../../errors/index.ts'
import {
  isSqlTask,
  parameterVariable,
  type RunRecord,
  readStoredTask,
  type TaskSource,
  type TaskSourceFile,
  taskNotFound,
  withheldParameters,
} from '../../run/index.ts'
import type { Dialect, ParameterDeclaration } from '../../sql/index.ts'
import { checkTask, type ReadParameters } from '../../submit/check-task.ts'
import { type Home, openHome } from '../../submit/home.ts'
import {
  type PlannedExport,
  type PlannedStatement,
  plannedStatements,
} from '../../submit/planned-statements.ts'
import { repeatedOptions } from '../../submit/repeated-run.ts'
import type { Problem, SqlDocument, StatementDocument, StatementOutline, TaskFile } from '../documents.ts'
import { tokensOf } from './highlight.ts'
import type { Console } from './open-console.ts'
import { orProblem, problemOf } from './problem.ts'

const LONGEST_FILE = 1024 * 1024
const MASK = '***'
const MOST_PLANS = 10

/** Describes the task of a run as it ran. @throws RUN_NOT_FOUND, RUN_RECORD_INVALID; the store's errors */
export async function statementDocument(id: string, served: Console): Promise<StatementDocument> {
  const { home, records, commands } = served
  const record = await records.read(id)
  const { task } = record
  const source = await readStoredTask(home.store, task)
  const problem = source === null ? problemOf(taskNotFound(home.store, task)) : changed(record, source)
  const isShown = source !== null && problem === null
  return {
    id: record.id,
    uri: home.store.uriOf(task),
    sha256: task.sha256 ?? record.request.pin,
    problem,
    files: isShown ? source.files.map(fileOf) : [],
    sql: isShown && isSqlTask(task.key) ? await sqlDocument(record, source, served) : null,
    plans: await home.runs.plannedReads(record, MOST_PLANS),
    command: commands.of('run', home.store.uriOf(task), '--dry-run'),
  }
}

/** The problem of a task that has changed since the run began. */
function changed({ id, task, request }: RunRecord, { sha256 }: TaskSource): Problem | null {
  const ran = task.sha256 ?? request.pin
  if (ran === null || ran === sha256) return null
  return problemOf(
    new BatchQueryError('TASK_CHANGED', `the task has SHA-256 ${sha256} now, but run ${id} executed ${ran}`, {
      hint: 'Look for the earlier version where the task comes from, for instance in Git.',
    }),
  )
}

function fileOf({ path, bytes }: TaskSourceFile): TaskFile {
  const text = textOf(bytes)
  const isCut = text !== null && text.length > LONGEST_FILE
  return { path, text: isCut ? text.slice(0, LONGEST_FILE) : text, bytes: bytes.length, isCut }
}

/** Null for bytes that are no text. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Null for bytes that are no text. */
async function sqlDocument(
  record: RunRecord,
  source: TaskSource,
  served: Console,
): Promise<SqlDocument | null> {
  const { value: ownHome } = await orProblem(() => homeOf(record, served))
  const home = ownHome ?? served.home
  let declared: readonly ParameterDeclaration[] = []
  const readParameters: ReadParameters = async declarations => {
    declared = declarations
    return { params: record.params, environment: maskedValues(record) }
  }
  const task = { ...record.task, upload: source }
  const checked = await orProblem(() => checkTask(task, null, readParameters, home, served.context))
  const read = await orProblem(async () => checked.value?.readSql() ?? null)
  const dialect = dialectOf(record, checked.value ?? home)
  const text = textOf(source.files[0]?.bytes ?? new Uint8Array())
  if (text === null) return null
  return {
    dialect,
    tokens: tokensOf(text.slice(0, LONGEST_FILE), dialect, valuesOf(record, declared)),
    statements: plannedStatements(read.value?.steps ?? [], dialect).map(outlineOf),
    problem: checked.problem ?? read.problem,
  }
}

/** The home with the database of the run, which decides how the text is read. */
async function homeOf(record: RunRecord, { home, options, context }: Console): Promise<Home> {
  const { database, engine } = repeatedOptions(record, { database: options.database }, home.settings)
  return openHome({ ...options, database, engine }, context)
}

/** The server that ran the task decides, then the settings. */
const dialectOf = ({ databases: [first] }: RunRecord, { settings }: Pick<Home, 'settings'>): Dialect =>
  first !== undefined && isDialect(first.dialect)
    ? first.dialect
    : parseDatabaseUrl(settings.database).dialect

/** So that a statement with a secret can be read. The mask is not the secret, so its literal is wrong. */
const maskedValues = (record: RunRecord): Readonly<Record<string, string>> =>
  Object.fromEntries(withheldParameters(record).map(name => [parameterVariable(name), MASK]))

/** With the defaults of the task. */
const valuesOf = (
  { params }: RunRecord,
  declared: readonly ParameterDeclaration[],
): ReadonlyMap<string, string> =>
  new Map([
    ...declared.flatMap(({ name, defaultText }): [string, string][] =>
      defaultText === null ? [] : [[name, defaultText]],
    ),
    ...Object.entries(params),
  ])

const outlineOf = ({ number, line, kind, export: planned }: PlannedStatement): StatementOutline => ({
  number,
  line,
  keyword: kind,
  export: planned === null ? null : fieldsOf(planned),
})

function fieldsOf(planned: PlannedExport): NonNullable<StatementOutline['export']> {
  const { partitionBy, rowGroupBytes, characterSet, encryption } = planned
  const fields: readonly (readonly [label: string, value: string | null])[] = [
    ['destination', planned.uri],
    ['format', `${planned.format}${planned.header ? ' HEADER' : ''}`],
    ...Object.entries(planned.layout).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['character set', characterSet],
    ['compression', planned.compression],
    ['manifest', planned.manifest],
    ['overwrite', planned.overwrite],
    ['encryption', encryption],
    [
      'partition by',
      partitionBy && `${partitionBy.columns.join(', ')}${partitionBy.include ? ' INCLUDE' : ''}`,
    ],
    [
      'parts',
      planned.single ? 'one object' : `of ${prettyBytes(planned.maxPartBytes, { binary: true })} at most`,
    ],
    ['row groups', rowGroupBytes === null ? null : `of ${prettyBytes(rowGroupBytes, { binary: true })}`],
  ]
  return fields.flatMap(([label, value]) => (value === null ? [] : { label, value }))
}
