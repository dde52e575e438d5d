import { ENGINES, type Settings } from '../config/index.ts'
import { isEmbeddedUrl } from '../database/dialects.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Log, redactUrl } from '../platform/index.ts'
import {
  digestOf,
  type GivenEnvironment,
  givenNames,
  isSqlTask,
  type RunRecord,
  readStoredTask,
  type SubmittedParameters,
  taskKey,
  withheldParameters,
} from '../run/index.ts'
import { formatS3Uri } from '../store/index.ts'
import type { Home } from '../submit/home.ts'
import type { NamedTask } from '../submit/task-file.ts'
import type { Options } from './options.ts'

/**
 * The options of the command line, and behind them what the record says that its run was asked for.
 *
 * @param settings those of the command line alone
 * @throws USAGE where the record has the URL of a server, and the settings do not
 */
export function repeatedOptions(record: RunRecord, options: Options, settings: Settings): Options {
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
 * A name, or the database that the settings have with its password. Others may write to the bucket, and so the record: it
 * does not choose which server gets a password of this machine.
 */
function repeatedDatabase({ id, request }: RunRecord, settings: Settings): string | undefined {
  const { database } = request
  if (database === null || settings.shownDatabase === database) return undefined
  if (!database.includes(':') || isEmbeddedUrl(database)) return database
  const [named] = [...settings.databases].find(([, url]) => redactUrl(url) === database) ?? []
  if (named !== undefined) return named
  throw new BatchQueryError('USAGE', `run ${id} had the database ${database}, which is not in the settings`, {
    hint: 'If it is the right one, give it with -d. If its URL has a password, put it into BATCHQUERY_DATABASE.',
  })
}

/** A record may leave the database to the settings, which may be others by now. */
export function tellDatabase({ id, request }: RunRecord, { shownDatabase }: Settings, log: Log): void {
  if (request.database === null && shownDatabase !== null)
    log.info(`run ${id} was started without a database of its own choice; this one uses ${shownDatabase}`)
}

/**
 * The task of a run, to be run again. A file or folder that went with the run goes with the new one too.
 *
 * @throws TASK_NOT_FOUND, TASK_CHANGED; TASK_INVALID
 */
export async function repeatedTask(
  { id, task: { bucket, key, sha256 }, request }: RunRecord,
  newId: string,
  { store, settings }: Home,
): Promise<{ readonly task: NamedTask; readonly pin: string }> {
  const address = { bucket, key }
  const uri = formatS3Uri(address)
  const source = await readStoredTask(store, address)
  if (source === null)
    throw new BatchQueryError('TASK_NOT_FOUND', `the task ${uri} of run ${id} is gone`, {
      hint: 'Put it there again, or run its file as a new run: `batchquery run FILE`.',
    })
  const known = request.pin ?? sha256
  const found = digestOf(source)
  if (known !== null && known !== found)
    throw new BatchQueryError(
      'TASK_CHANGED',
      `the task ${uri} has SHA-256 ${found}, and run ${id} had the one with ${known}`,
      { hint: `Put the earlier task back, or run the changed one as a new run: \`batchquery run ${uri}\`.` },
    )
  const own = taskKey(id, '')
  if (!key.startsWith(own)) return { task: { address, file: null }, pin: found }
  const name = key.slice(own.length)
  return {
    task: {
      address: { bucket: settings.bucket, key: taskKey(newId, name) },
      file: { name, source, sha256: found },
    },
    pin: found,
  }
}

/**
 * The parameters of a run, and before them those that are given now.
 *
 * @throws USAGE where the record does not have a value, and none is given
 */
export function repeatedParameters(record: RunRecord, given: SubmittedParameters): SubmittedParameters {
  const missing = withheldParameters(record).filter(name => !Object.hasOwn(given.params, name))
  const [name] = missing
  if (name !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `run ${record.id} had secret parameters, which its record does not have: ${missing.join(', ')}`,
      { hint: `Give each again: -p ${name}=@FILE, or -p ${name}=secret:ARN of Secrets Manager.` },
    )
  return { params: { ...record.params, ...given.params }, environment: given.environment }
}

/**
 * A record has the names of the variables of a script, and no values.
 *
 * @throws USAGE where one is not given again
 */
export function checkVariables({ id, task, request }: RunRecord, given: GivenEnvironment, log: Log): void {
  if (isSqlTask(task.key)) return
  const { variables } = request
  if (variables === undefined) {
    log.warn(`the record of run ${id} does not say which variables its script had: give them again with -e`)
    return
  }
  const known = givenNames(given)
  const missing = variables.filter(name => !known.includes(name))
  const [name] = missing
  if (name !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `the script of run ${id} had variables, whose values its record does not have: ${missing.join(', ')}`,
      { hint: `Give each again: -e ${name}=VALUE, -e ${name}=@FILE, -e ${name}=secret:ARN, or -e ${name}.` },
    )
}
