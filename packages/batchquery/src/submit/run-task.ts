import { settingsEnvironment } from '../config/index.ts'
import type { Engine, StartOptions } from '../engine/index.ts'
import type { ExportMode } from '../export/index.ts'
import {
  checkRoom,
  parameterVariable,
  passScriptVariables,
  type RunRecord,
  refuseSqlArguments,
  type ScriptVariables,
  taskNotFound,
  variableNames,
} from '../run/index.ts'
import { checkTask, type ReadParameters } from './check-task.ts'
import type { ProcessContext } from './configuration.ts'
import { executeRun, type Interruption } from './execute-run.ts'
import type { Home } from './home.ts'
import { type EngineRequest, openEngine } from './open-engine.ts'
import { remoteEnvironment } from './remote-environment.ts'
import { type TaskAddress, uploadTask } from './task.ts'

/** The request of a submitter. */
export interface RunRequest {
  readonly id: string
  readonly createdAt: Date
  readonly task: TaskAddress
  readonly args: readonly string[]
  /** The only SHA-256 that the task may have, in hex; null for any. */
  readonly pin: string | null
  readonly parameters: ReadParameters
  /** Variables for a script. */
  readonly variables: ScriptVariables
  /** Null for the timeout of the task. */
  readonly timeoutSeconds: number | null
  /** Null if the submitter chose none. */
  readonly mode: ExportMode | null
  /** Whether the run ends if another run writes to one of its destinations. */
  readonly exclusive: boolean
  /** How often the runner may begin again after an error that may pass. Null for the number in the record, or for none. */
  readonly retries: number | null
  /** The run that this run repeats. @default - none */
  readonly repeats?: string | undefined
  readonly runner: Omit<StartOptions, 'environment' | 'signal'>
  /** @default - as configured */
  readonly engine?: EngineRequest
  readonly interruption: () => Interruption
}

/**
 * Runs a task on the configured engine: to its end or, detached, until it has begun. A task that no server can run is refused before
 * the run exists.
 *
 * @throws USAGE for arguments of a SQL task, and for values that exceed what a process can get; TASK_NOT_FOUND; as `checkTask`, `SqlTask`
 *   and `executeRun`
 */
export async function runTask(request: RunRequest, home: Home, context: ProcessContext): Promise<RunRecord> {
  const { id, task, args, runner } = request
  refuseSqlArguments(task.key, args)
  const engine = await openEngine(home, request.engine ?? {}, context)
  const waiting = engine.startAhead?.(
    { id, task, args },
    { ...runner, environment: settingsEnvironment(home.settings) },
  )
  try {
    return await submit(request, engine, home, context)
  } finally {
    waiting?.dismiss()
  }
}

async function submit(
  request: RunRequest,
  engine: Engine,
  home: Home,
  context: ProcessContext,
): Promise<RunRecord> {
  const { id, createdAt, task, args, pin, variables, timeoutSeconds, mode, exclusive, retries } = request
  const { bucket, key, upload } = task
  const { store, runs } = home
  const checked = await checkTask(task, pin, request.parameters, home, context)
  const { sha256, settings, isScript } = checked
  const { params, environment: secrets } = checked.parameters
  // The variables that the runner will pass to the script. Checked now, because the run does not exist yet.
  checkRoom({
    variables: { ...(isScript && asVariables(params)), ...secrets, ...passScriptVariables(variables) },
    args,
  })
  const environment = engine.isRemote
    ? remoteEnvironment(settings, secrets, variables)
    : { ...settingsEnvironment(settings), ...secrets, ...passScriptVariables(variables) }
  try {
    if (sha256 === null) throw taskNotFound(store, task)
    // If the submitter names no database, only a runner elsewhere knows which database, and so which SQL, it is.
    if (!engine.isRemote || settings.shownDatabase !== null) checked.readSql()
  } catch (refusal) {
    // An existing run has its own outcome, or is in conflict with this one.
    if (!(await runs.has(id))) throw refusal
  }
  return executeRun({
    run: {
      id,
      task: { bucket, key, sha256 },
      args: [...args],
      params,
      request: {
        // Without a password: the runner finds it in its environment.
        database: settings.shownDatabase,
        timeoutSeconds,
        pin: pin ?? upload?.sha256 ?? null,
        mode: mode ?? 'auto',
        ...(exclusive && { exclusive }),
        ...(retries !== null && { retries }),
        ...(isScript && { variables: variableNames(variables) }),
      },
      engine: { name: engine.name },
      repeats: request.repeats,
      createdAt,
    },
    prepare: () => uploadTask(store, task),
    runs,
    engine,
    options: { ...request.runner, environment: { ...environment, ...attemptVariables(request) } },
    log: context.log,
    interruption: request.interruption,
  })
}

/**
 * The request for a further attempt: the record has only the request for the first one. A value that is not
 * requested is empty, so that the runner does not inherit it from this process.
 */
const attemptVariables = ({
  timeoutSeconds,
  mode,
  exclusive,
  retries,
}: Pick<RunRequest, 'timeoutSeconds' | 'mode' | 'exclusive' | 'retries'>): Record<string, string> => ({
  BATCHQUERY_TIMEOUT: timeoutSeconds === null ? '' : `${timeoutSeconds}s`,
  BATCHQUERY_MODE: mode ?? '',
  BATCHQUERY_EXCLUSIVE: exclusive ? '1' : '',
  BATCHQUERY_RETRIES: retries === null ? '' : String(retries),
})

const asVariables = (params: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [parameterVariable(name), value]))
