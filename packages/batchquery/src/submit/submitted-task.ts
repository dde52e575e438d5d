import { type Settings, withTaskDatabase } from '../config/index.ts'
import {
  checkReferences,
  isSqlTask,
  receiveParameters,
  runtimeOf,
  type SubmittedParameters,
  type TaskSource,
} from '../run/index.ts'
import type { ParameterDeclaration } from '../sql/index.ts'
import { SqlTask } from '../statements/sql-task.ts'
import { decodeTask, TaskText } from '../statements/task-text.ts'
import type { Home } from './home.ts'
import { seeTask, shownName } from './pinned-task.ts'
import type { NamedTask } from './task-file.ts'

/** A task on its way to a run that does not exist yet. */
export interface GivenTask {
  readonly task: NamedTask
  /** The only SHA-256 that the task may have, in hex; null takes what is there. */
  readonly pin: string | null
  /** The parameters, by what the task says of them; a script says nothing. */
  readonly parameters: (
    declared: readonly ParameterDeclaration[],
    isScript: boolean,
  ) => Promise<SubmittedParameters>
}

/** What the submitter knows of a task. */
export interface SubmittedTask {
  /** In hex; null when the task does not exist in the store. */
  readonly sha256: string | null
  /** With the database that the task names. */
  readonly settings: Settings
  readonly isScript: boolean
  readonly parameters: SubmittedParameters
  /**
   * The statements; null for a script, and when the task does not exist.
   *
   * @throws as `SqlTask`: what is wrong on every server
   */
  readonly readSql: () => SqlTask | null
}

/**
 * Reads a task as its runner will read it. Writes nothing and connects to no database.
 *
 * @param folder of the submitter
 * @throws TASK_INVALID for what no runner can run; as `seeTask`, and as the parameters; USAGE for a parameter that is given a secret
 *   and is not declared as one; CONFIG for a database that the task names
 */
export async function readSubmittedTask(
  { task, pin, parameters: given }: GivenTask,
  { settings: configured, store }: Home,
  folder: string,
): Promise<SubmittedTask> {
  const { source, sha256 } = await seeTask(task, store, pin)
  const text = textOf(shownName(task), source, named => withTaskDatabase(configured, named).database)
  const settings = withTaskDatabase(configured, text?.directives.database ?? null)
  const isScript = !isSqlTask(task.address.key)
  const parameters = await given(text?.directives.parameters ?? [], isScript)
  // A runner reads what could not be read here.
  if (text?.refusal === null) checkReferences(parameters, text.isSecret)
  const isElsewhere = settings.engine !== 'local'
  // A runner elsewhere has none of the submitter's folders.
  const places = { store, folder: isElsewhere ? null : folder }
  const readSql = (): SqlTask | null =>
    text === null
      ? null
      : new SqlTask(text, {
          given: receiveParameters(parameters, parameters.environment),
          places,
          isElsewhere,
        })
  return { sha256, settings, isScript, parameters, readSql }
}

/** Null for a script, and for a task that does not exist. @throws TASK_INVALID; as `TaskText.read` */
const textOf = (
  named: string,
  source: TaskSource | null,
  urlOf: (named: string | null) => string,
): TaskText | null =>
  source !== null && runtimeOf(named, source).kind === 'sql'
    ? TaskText.read(decodeTask(source, named), urlOf)
    : null
