import { basename } from 'node:path'
import { type Settings, withTaskDatabase } from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import {
  checkReferences,
  isSqlTask,
  readStoredTask,
  receiveParameters,
  runtimeOf,
  type SubmittedParameters,
  type TaskSource,
} from '../run/index.ts'
import type { ParameterDeclaration } from '../sql/index.ts'
import { SqlTask } from '../statements/sql-task.ts'
import { decodeTask, TaskText } from '../statements/task-text.ts'
import type { Store } from '../store/index.ts'
import type { ProcessContext } from './configuration.ts'
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
  /**
   * Reads the statements. Null for a script, and if the task does not exist.
   *
   * @param environment has the values of the parameters that are secrets @default - as the submitter passes them, references unread
   * @throws as `SqlTask`: the task is wrong on every server
   */
  readonly readSql: (environment?: NodeJS.ProcessEnv) => SqlTask | null
}

/**
 * Reads a task as its runner will. It writes nothing and connects to no database.
 *
 * @param pin the only SHA-256 that the task may have, in hex; null for any
 * @param place of the submitter
 * @throws TASK_CHANGED if the task has another SHA-256; TASK_INVALID if no runner can run it; as `readParameters`; USAGE for a
 *   parameter that refers to a secret and is not declared as one; CONFIG for a database that the task names
 */
export async function checkTask(
  task: TaskAddress,
  pin: string | null,
  readParameters: ReadParameters,
  { settings: configured, store }: Home,
  { environment, folder }: Omit<ProcessContext, 'log'>,
): Promise<CheckedTask> {
  const source = task.upload ?? (await readStoredTask(store, task))
  const sha256 = source?.sha256 ?? null
  if (pin !== null && sha256 !== null && sha256 !== pin) throw changed(shownName(task, store), sha256, pin)
  const settingsFor = (named: string | null) => withTaskDatabase(configured, named, environment)
  const text = textOf(shownName(task, store), source, named => settingsFor(named).database)
  const settings = settingsFor(text?.directives.database ?? null)
  const isScript = !isSqlTask(task.key)
  const parameters = await readParameters(text?.directives.parameters ?? [], isScript)
  // The runner of a task checks the references that could not be checked here.
  if (text?.refusal === null) checkReferences(parameters, text.isSecret)
  const isElsewhere = settings.engine !== 'local'
  // A runner elsewhere has none of the submitter's folders.
  const places = { store, folder: isElsewhere ? null : folder }
  const readSql = (given: NodeJS.ProcessEnv = parameters.environment): SqlTask | null =>
    text === null
      ? null
      : new SqlTask(text, {
          given: receiveParameters(parameters, given),
          places,
          isElsewhere,
        })
  return { sha256, settings, isScript, parameters, readSql }
}

const changed = (name: string, sha256: string, pin: string): BatchQueryError =>
  new BatchQueryError('TASK_CHANGED', `the task ${name} has SHA-256 ${sha256}, but ${pin} is pinned`, {
    hint: 'Review the change. If it is right, pin the new SHA-256.',
  })

/** The name by which the submitter knows the task. */
const shownName = ({ bucket, key, upload }: TaskAddress, store: Store): string =>
  upload === null ? store.uriOf({ bucket, key }) : `${basename(key)}${upload.isFolder ? '/' : ''}`

/** Null for a script, and for a task that does not exist. @throws TASK_INVALID; as `TaskText.read` */
const textOf = (
  named: string,
  source: TaskSource | null,
  urlOf: (named: string | null) => string,
): TaskText | null =>
  source !== null && runtimeOf(named, source).kind === 'sql'
    ? TaskText.read(decodeTask(source, named), urlOf)
    : null
