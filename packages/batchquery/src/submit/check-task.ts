import { basename } from 'node:path'
import { dialectOf, type Settings, withTaskDatabase } from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { Places } from '../export/index.ts'
import {
  checkReferences,
  digestOf,
  isSqlTask,
  readStoredTask,
  receiveParameters,
  type SubmittedParameters,
  type TaskSource,
} from '../run/index.ts'
import {
  isSecret,
  type ParameterDeclaration,
  readDirectives,
  type SqlDialect,
  type TaskDirectives,
} from '../sql/index.ts'
import { decodeTask } from '../statements/decode-task.ts'
import { runtimeOf } from '../statements/runtime.ts'
import { SqlTask } from '../statements/sql-task.ts'
import { formatS3Uri } from '../store/index.ts'
import type { Home } from './home.ts'
import type { TaskAddress } from './task.ts'

/** How the parameters of a task are found, once its declarations are known. A script declares none. */
export type ReadParameters = (
  declared: readonly ParameterDeclaration[],
  isScript: boolean,
) => Promise<SubmittedParameters>

/** A task that its submitter has read and checked. */
export interface CheckedTask {
  /** In hex; null if the task does not exist in the store. */
  readonly sha256: string | null
  /** With the database that the task names. */
  readonly settings: Settings
  readonly isScript: boolean
  readonly parameters: SubmittedParameters
  /** The places that exports of the task may write to. */
  readonly places: Places
  /**
   * Reads the statements. Null for a script, and if the task does not exist.
   *
   * @throws as `SqlTask`: the task is wrong on every server
   */
  readonly readSql: () => SqlTask | null
}

/**
 * Reads a task as its runner will. It writes nothing and connects to no database.
 *
 * @param pin the only SHA-256 that the task may have, in hex; null for any
 * @param folder of the submitter
 * @throws TASK_CHANGED if the task has another SHA-256; TASK_INVALID if no runner can run it; as `readParameters`; USAGE for a
 *   parameter that refers to a secret and is not declared as one; CONFIG for a database that the task names
 */
export async function checkTask(
  task: TaskAddress,
  pin: string | null,
  readParameters: ReadParameters,
  { settings: configured, store }: Home,
  folder: string,
): Promise<CheckedTask> {
  const source = task.upload ?? (await readStoredTask(store, task))
  const sha256 = source === null ? null : digestOf(source)
  if (pin !== null && sha256 !== null && sha256 !== pin) throw changed(task, sha256, pin)
  const text = textOf(shownName(task), source)
  const directives = text === null ? null : directivesOf(text, dialectOf(configured))
  const settings = withTaskDatabase(configured, directives?.database ?? null)
  const isScript = !isSqlTask(task.key)
  const parameters = await readParameters(directives?.parameters ?? [], isScript)
  // The runner of a task checks the references that could not be checked here.
  if (directives !== null) checkReferences(parameters, name => isSecret(directives.parameters, name))
  const isElsewhere = settings.engine !== 'local'
  // A runner elsewhere has none of the submitter's folders.
  const places = { store, folder: isElsewhere ? null : folder }
  const readSql = (): SqlTask | null =>
    text === null
      ? null
      : new SqlTask(text, {
          dialect: dialectOf(settings),
          given: receiveParameters(parameters, parameters.environment),
          places,
          isElsewhere,
        })
  return { sha256, settings, isScript, parameters, places, readSql }
}

const changed = (task: TaskAddress, sha256: string, pin: string): BatchQueryError =>
  new BatchQueryError(
    'TASK_CHANGED',
    `the task ${shownName(task)} has SHA-256 ${sha256}, but ${pin} is pinned`,
    { hint: 'Look at what has changed in it; if that is right, pin the new one.' },
  )

/** The name by which the submitter knows the task. */
const shownName = ({ bucket, key, upload }: TaskAddress): string =>
  upload === null ? formatS3Uri({ bucket, key }) : `${basename(key)}${upload.isFolder ? '/' : ''}`

/** Null for a script, and for a task that does not exist. @throws TASK_INVALID */
const textOf = (named: string, source: TaskSource | null): string | null =>
  source !== null && runtimeOf(named, source).kind === 'sql' ? decodeTask(source, named) : null

/** Null if they cannot be read: `SqlTask` reads them again, and throws the reason. */
function directivesOf(text: string, dialect: SqlDialect): TaskDirectives | null {
  try {
    return readDirectives(text, dialect)
  } catch {
    return null
  }
}
