import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import prettyBytes from 'pretty-bytes'
import type { EngineName } from '../config/index.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { redactUrl, visible } from '../platform/index.ts'
import { refuseSqlArguments, taskNotFound } from '../run/index.ts'
import { describeStringRules, type PartitionBy } from '../sql/index.ts'
import { checkTask } from '../submit/check-task.ts'
import type { Home } from '../submit/home.ts'
import { type PlannedStatement, plannedStatements } from '../submit/planned-statements.ts'
import type { TaskAddress } from '../submit/task.ts'
import type { Context } from './command.ts'
import type { Options } from './options.ts'
import { readParameters } from './parameters.ts'

/** What `run --dry-run` shows. */
export interface PlannedRun {
  readonly dryRun: true
  readonly task: { readonly uri: string; readonly sha256: string }
  readonly engine: EngineName
  readonly store: string
  readonly bucket: string
  /** Without a password. */
  readonly database: { readonly name: string | null; readonly url: string; readonly dialect: string }
  /** How the server is assumed to read strings: it is not asked. Null for a script. */
  readonly strings: string | null
  readonly timeoutSeconds: number | null
  /** With masked secrets. */
  readonly params: Readonly<Record<string, string>>
  readonly statements: readonly PlannedStatement[]
}

/**
 * Plans a run. It reads the task, which may be in the store, writes nothing and connects to no database.
 *
 * @param named the task as the command line names it
 * @throws USAGE for arguments of a SQL task; TASK_NOT_FOUND; as `checkTask` and `SqlTask`
 */
export async function planRun(
  named: string,
  args: readonly string[],
  task: TaskAddress,
  home: Home,
  options: Options,
  context: Context,
): Promise<PlannedRun> {
  const { folder } = context
  refuseSqlArguments(task.key, args)
  const checked = await checkTask(
    task,
    options.pin ?? null,
    (declared, isScript) => readParameters(options.param ?? [], declared, folder, isScript),
    home,
    context,
  )
  const { sha256, settings } = checked
  if (sha256 === null) throw taskNotFound(home.store, task)
  const uri = task.upload === null ? home.store.uriOf(task) : pathToFileURL(resolve(folder, named)).href
  const { dialect } = parseDatabaseUrl(settings.database)
  // The statements of a script are not known.
  const read = checked.readSql()
  const url = redactUrl(settings.database)
  return {
    dryRun: true,
    task: { uri, sha256 },
    engine: settings.engine,
    store: settings.store,
    bucket: settings.bucket,
    database: { name: settings.shownDatabase?.includes(':') ? null : settings.shownDatabase, url, dialect },
    strings: read === null ? null : describeStringRules(dialect, read.assumedRules),
    timeoutSeconds: options.timeout ?? read?.timeoutSeconds ?? null,
    params: checked.parameters.params,
    statements: read === null ? [] : plannedStatements(read.steps, dialect),
  }
}

/** For the user: a label and its value on every line, then a line for every statement. */
export function plannedRunText(run: PlannedRun): string {
  const { task, database, timeoutSeconds } = run
  const lines = [
    ['task', task.uri],
    ['SHA-256', task.sha256],
    ['engine', run.engine],
    ['store', `${run.store}, bucket ${run.bucket}`],
    ['database', database.name === null ? database.url : `${database.name}: ${database.url}`],
    ...(run.strings === null ? [] : [['strings', `${run.strings} (assumed; a run asks the server)`]]),
    ...(timeoutSeconds === null ? [] : [['timeout', `${timeoutSeconds} s`]]),
    ...Object.entries(run.params).map(([name, value]) => ['parameter', `${name} = ${value}`]),
    ...run.statements.map(statement => [`${statement.number}`, statementText(statement)]),
  ]
  return lines.map(([label = '', value = '']) => `${label.padEnd(10)} ${visible(value)}`).join('\n')
}

const partitionText = ({ columns, include }: PartitionBy): string =>
  `PARTITION BY (${columns.join(', ')})${include ? ' INCLUDE' : ''}`

/** The compression that another process chooses, as it finds ZSTD or not. */
const DEFAULT_CODEC = "ZSTD (SNAPPY if the runner's Node has no ZSTD)"

function statementText({ line, kind, export: exported }: PlannedStatement): string {
  const where = `line ${line}: ${kind}`
  if (exported === null) return where
  const { uri, format, header, layout, characterSet, compression, manifest, overwrite, encryption } = exported
  const { rowGroupBytes, partitionBy, single } = exported
  const options = [
    `FORMAT ${format}${header ? ' HEADER' : ''}`,
    ...Object.entries(layout).map(([name, value]) => `${name} ${JSON.stringify(value)}`),
    ...(characterSet === null ? [] : [`CHARACTER SET ${characterSet}`]),
    `COMPRESSION ${compression === 'default' ? DEFAULT_CODEC : compression}`,
    `MANIFEST ${manifest}`,
    `OVERWRITE ${overwrite}`,
    ...(encryption === null ? [] : [`ENCRYPTION ${encryption}`]),
    ...(partitionBy === null ? [] : [partitionText(partitionBy)]),
    single ? 'one object' : `parts of ${prettyBytes(exported.maxPartBytes, { binary: true })}`,
    ...(rowGroupBytes === null ? [] : [`row groups of ${prettyBytes(rowGroupBytes, { binary: true })}`]),
  ]
  return `${where} to ${uri} (${options.join(', ')})`
}
