import { ENGINES, type EngineName, type Settings } from '../config/index.ts'
import { isEmbeddedUrl } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { ExportMode } from '../export/index.ts'
import { type Log, redactUrl } from '../platform/index.ts'
import {
  isSqlTask,
  type RunRecord,
  readStoredTask,
  type ScriptVariables,
  type SubmittedParameters,
  taskKey,
  variableNames,
  withheldParameters,
} from '../run/index.ts'
import type { Home } from './home.ts'
import { type TaskAddress, uploadedTask } from './task.ts'

/** The choices of a submitter that a repeated run has too. Undefined for those of that run. */
export interface RepeatableOptions {
  readonly database?: string | undefined
  readonly engine?: EngineName | undefined
  readonly timeout?: number | undefined
  readonly mode?: ExportMode | undefined
  readonly exclusive?: true | undefined
  readonly retries?: number | undefined
}

/**
 * The options of a submitter, completed by the request of the run that is repeated.
 *
 * @param settings of the submitter alone
 * @throws USAGE if the record has the URL of a server that the settings lack
 */
export function repeatedOptions<Options extends RepeatableOptions>(
  record: RunRecord,
  options: Options,
  settings: Settings,
): Options & RepeatableOptions {
  const { timeoutSeconds, mode, exclusive, retries } = record.request
  return {
    ...options,
    database: options.database ?? repeatedDatabase(record, settings),
    engine: options.engine ?? ENGINES.find(name => name === record.engine.name),
    timeout: options.timeout ?? timeoutSeconds ?? undefined,
    mode: options.mode ?? mode,
    exclusive: options.exclusive ?? (exclusive || undefined),
    retries: options.retries ?? retries,
  }
}

/**
 * Returns a name, or the database of the settings with its password. Other users may write to the bucket, and so to the record. It must
 * not choose which server gets a password of this machine.
 */
function repeatedDatabase({ id, request }: RunRecord, settings: Settings): string | undefined {
  const { database } = request
  if (database === null || settings.shownDatabase === database) return undefined
  if (!database.includes(':') || isEmbeddedUrl(database)) return database
  const [named] = [...settings.databases].find(([, url]) => redactUrl(url) === database) ?? []
  if (named !== undefined) return named
  throw new BatchQueryError(
    'USAGE',
    `run ${id} used the database ${database}, which is not in the settings`,
    {
      hint: 'Name the database with -d. If its URL has a password, put the URL into BATCHQUERY_DATABASE.',
    },
  )
}

/** If the record leaves the database to the settings, they may have changed since: this logs the database of the new run. */
export function logDatabase({ id, request }: RunRecord, { shownDatabase }: Settings, log: Log): void {
  if (request.database === null && shownDatabase !== null)
    log.info(`the record of run ${id} names no database; the new run uses ${shownDatabase}`)
}

/**
 * Returns the task of a run for a new run. A file or folder that went with the run goes with the new run too.
 *
 * @throws TASK_NOT_FOUND, TASK_CHANGED; TASK_INVALID
 */
export async function repeatedTask(
  { id, task: { bucket, key, sha256 }, request }: RunRecord,
  newId: string,
  { store, settings }: Home,
): Promise<{ readonly task: TaskAddress; readonly pin: string }> {
  const address = { bucket, key }
  const uri = store.uriOf(address)
  const source = await readStoredTask(store, address)
  if (source === null)
    throw new BatchQueryError('TASK_NOT_FOUND', `the task ${uri} of run ${id} no longer exists`, {
      hint: 'Upload it again, or run its file as a new run: `batchquery run FILE`.',
    })
  const known = request.pin ?? sha256
  const found = source.sha256
  if (known !== null && known !== found)
    throw new BatchQueryError(
      'TASK_CHANGED',
      `the task ${uri} has SHA-256 ${found}, but run ${id} executed a task with SHA-256 ${known}`,
      { hint: `Restore the earlier task, or run the changed one as a new run: \`batchquery run ${uri}\`.` },
    )
  const own = taskKey(id, '')
  const task = key.startsWith(own)
    ? uploadedTask(newId, settings.bucket, key.slice(own.length), source)
    : { ...address, upload: null }
  return { task, pin: found }
}

/**
 * The parameters of a run, replaced by those that are given now.
 *
 * @throws USAGE if the record lacks a value, and none is given now
 */
export function repeatedParameters(record: RunRecord, given: SubmittedParameters): SubmittedParameters {
  const missing = withheldParameters(record).filter(name => !Object.hasOwn(given.params, name))
  const [name] = missing
  if (name !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `run ${record.id} had secret parameters, and its record does not contain them: ${missing.join(', ')}`,
      {
        hint: `Add each to the command line: -p ${name}=@FILE, or -p ${name}=secret:ARN of Secrets Manager.`,
      },
    )
  return { params: { ...record.params, ...given.params }, environment: given.environment }
}

/**
 * Checks that all variables of a script are given again: a record has their names, and no values.
 *
 * @throws USAGE if one is missing
 */
export function checkVariables({ id, task, request }: RunRecord, given: ScriptVariables, log: Log): void {
  if (isSqlTask(task.key)) return
  const { variables } = request
  if (variables === undefined) {
    log.warn(
      `the record of run ${id} does not say which variables its script had; if it had any, add them with -e`,
    )
    return
  }
  const known = variableNames(given)
  const missing = variables.filter(name => !known.includes(name))
  const [name] = missing
  if (name !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `the script of run ${id} had variables, and its record does not contain their values: ${missing.join(', ')}`,
      {
        hint: `Add each to the command line: -e ${name}=VALUE, -e ${name}=@FILE, -e ${name}=secret:ARN, or -e ${name}.`,
      },
    )
}
