import { type Settings, withTaskDatabase } from '../config/index.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import type { Places } from '../export/index.ts'
import {
  checkReferences,
  isSqlTask,
  receiveParameters,
  type SubmittedParameters,
  type TaskSource,
} from '../run/index.ts'
import {
  type Dialect,
  isSecret,
  type ParameterDeclaration,
  readDirectives,
  type TaskDirectives,
} from '../sql/index.ts'
import { decodeTask } from '../statements/decode-task.ts'
import { runtimeOf } from '../statements/runtime.ts'
import { SqlTask } from '../statements/sql-task.ts'
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
  /** Where the destinations of the task's exports are. */
  readonly places: Places
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
  const text = textOf(shownName(task), source)
  const directives = text === null ? null : directivesOf(text, parseDatabaseUrl(configured.database).dialect)
  const settings = withTaskDatabase(configured, directives?.database ?? null)
  const isScript = !isSqlTask(task.address.key)
  const parameters = await given(directives?.parameters ?? [], isScript)
  // A runner reads what could not be read here.
  if (directives !== null) checkReferences(parameters, name => isSecret(directives.parameters, name))
  const isElsewhere = settings.engine !== 'local'
  // A runner elsewhere has none of the submitter's folders.
  const places = { store, folder: isElsewhere ? null : folder }
  const readSql = (): SqlTask | null =>
    text === null
      ? null
      : new SqlTask(text, {
          dialect: parseDatabaseUrl(settings.database).dialect,
          given: receiveParameters(parameters, parameters.environment),
          places,
          isElsewhere,
        })
  return { sha256, settings, isScript, parameters, places, readSql }
}

/** Null for a script, and for a task that does not exist. @throws TASK_INVALID */
const textOf = (named: string, source: TaskSource | null): string | null =>
  source !== null && runtimeOf(named, source).kind === 'sql' ? decodeTask(source, named) : null

/** Null when they cannot be read: `SqlTask` reads them again, and says why. */
function directivesOf(text: string, dialect: Dialect): TaskDirectives | null {
  try {
    return readDirectives(text, dialect)
  } catch {
    return null
  }
}
