import { settingsEnvironment } from '../config/index.ts'
import type { Engine, LaunchOptions } from '../engine/index.ts'
import type { ExportMode } from '../export/index.ts'
import {
  checkRoom,
  type GivenEnvironment,
  givenNames,
  parameterVariable,
  passGivenEnvironment,
  type RunRecord,
  refuseSqlArguments,
  taskNotFound,
} from '../run/index.ts'
import { executeRun, type Interruption } from './execute-run.ts'
import type { Home, Place } from './home.ts'
import { type EngineWishes, openEngine } from './open-engine.ts'
import { remoteEnvironment } from './remote-environment.ts'
import { type GivenTask, readSubmittedTask } from './submitted-task.ts'
import { uploadTask } from './task-file.ts'

export interface TaskRun extends GivenTask {
  readonly id: string
  readonly createdAt: Date
  readonly args: readonly string[]
  /** Variables for a script. */
  readonly given: GivenEnvironment
  /** Null leaves it to the task. */
  readonly timeoutSeconds: number | null
  /** Null when the submitter chose none. */
  readonly mode: ExportMode | null
  /** Whether the run ends where another one writes to a destination of it. */
  readonly exclusive: boolean
  /** How often the runner may begin again after an error that may pass. Null leaves it to the record, or is none. */
  readonly retries: number | null
  /** The run that this one repeats. @default - none */
  readonly repeats?: string | undefined
  readonly launch: Omit<LaunchOptions, 'environment' | 'signal'>
  /** @default - as configured */
  readonly wishes?: EngineWishes
  readonly interruption: () => Interruption
}

/**
 * Runs a task on the engine that is configured: to its end, or, detached, to its beginning. A task in which something is wrong
 * for every server is refused before anything of a run exists.
 *
 * @throws USAGE for arguments of SQL, and for values that no process has room for; TASK_NOT_FOUND; as `readSubmittedTask`, `SqlTask`
 *   and `executeRun`
 */
export async function runTask(taskRun: TaskRun, home: Home, place: Place): Promise<RunRecord> {
  const { id, task, args, launch, wishes = {} } = taskRun
  refuseSqlArguments(task.address.key, args)
  const engine = await openEngine(home, wishes, place)
  const ahead = engine.startAhead?.(
    { id, task: task.address, args },
    { ...launch, environment: settingsEnvironment(home.settings) },
  )
  try {
    return await submit(taskRun, engine, home, place)
  } finally {
    ahead?.dismiss()
  }
}

async function submit(taskRun: TaskRun, engine: Engine, home: Home, place: Place): Promise<RunRecord> {
  const { id, createdAt, task, args, pin, given, timeoutSeconds, mode, exclusive } = taskRun
  const { retries, repeats, launch, interruption } = taskRun
  const { address, file } = task
  const { store, runs } = home
  const submitted = await readSubmittedTask(taskRun, home, place.folder)
  const { sha256, settings, isScript } = submitted
  const { params, environment: secrets } = submitted.parameters
  // What the runner will give to the script: here nothing has begun yet.
  checkRoom({
    variables: { ...(isScript && asVariables(params)), ...secrets, ...passGivenEnvironment(given) },
    args,
  })
  const environment = engine.isRemote
    ? remoteEnvironment(settings, secrets, given)
    : { ...settingsEnvironment(settings), ...secrets, ...passGivenEnvironment(given) }
  try {
    if (sha256 === null) throw taskNotFound(store, address)
    // Which database counts when the submitter names none, a runner elsewhere knows alone: so which SQL that is.
    if (!engine.isRemote || settings.shownDatabase !== null) submitted.readSql()
  } catch (refusal) {
    // The outcome of a run that exists is known, or this is in conflict with it.
    if (!(await runs.has(id))) throw refusal
  }
  const asked = askedVariables({ timeoutSeconds, mode, exclusive, retries })
  return executeRun({
    run: {
      id,
      task: { ...address, sha256 },
      args: [...args],
      params,
      request: {
        // The password, if any, is the runner's to find: in its environment.
        database: settings.shownDatabase,
        timeoutSeconds,
        pin: pin ?? file?.source.sha256 ?? null,
        mode: mode ?? 'auto',
        ...(exclusive && { exclusive }),
        ...(retries !== null && { retries }),
        ...(isScript && { variables: givenNames(given) }),
      },
      engine: { name: engine.name },
      repeats,
      createdAt,
    },
    prepare: async () => {
      if (file !== null) await uploadTask(store, address, file)
    },
    runs,
    engine,
    options: { ...launch, environment: { ...environment, ...asked } },
    log: place.log,
    interruption,
  })
}

/**
 * What the submitter of the next attempt of a run asks for, which the record, written for the first one, does not have. Empty
 * where nothing is asked for: what another runner was asked for is not inherited.
 */
const askedVariables = ({
  timeoutSeconds,
  mode,
  exclusive,
  retries,
}: Pick<TaskRun, 'timeoutSeconds' | 'mode' | 'exclusive' | 'retries'>): Record<string, string> => ({
  BATCHQUERY_TIMEOUT: timeoutSeconds === null ? '' : `${timeoutSeconds}s`,
  BATCHQUERY_MODE: mode ?? '',
  BATCHQUERY_EXCLUSIVE: exclusive ? '1' : '',
  BATCHQUERY_RETRIES: retries === null ? '' : String(retries),
})

const asVariables = (params: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [parameterVariable(name), value]))
