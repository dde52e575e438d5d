import { settingsEnvironment, withTaskDatabase } from '../config/index.ts'
import type { Dialect } from '../database/database.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import type { LaunchOptions } from '../engine/index.ts'
import type { ExportMode } from '../export/index.ts'
import {
  checkReferences,
  checkRoom,
  type GivenEnvironment,
  givenNames,
  isSqlTask,
  parameterVariable,
  passGivenEnvironment,
  type RunRecord,
  refuseSqlArguments,
  type SubmittedParameters,
  type TaskSource,
} from '../run/index.ts'
import { isSecret, type ParameterDeclaration, readDirectives, type TaskDirectives } from '../sql/index.ts'
import { type EngineWishes, engineOf } from './engine-of.ts'
import { executeRun, type Interruption } from './execute-run.ts'
import type { Home, Place } from './home.ts'
import { seeTask } from './pinned-task.ts'
import { remoteEnvironment } from './remote-environment.ts'
import { type NamedTask, uploadTask } from './task-file.ts'

export interface TaskRun {
  readonly id: string
  readonly createdAt: Date
  readonly task: NamedTask
  readonly args: readonly string[]
  /** The only SHA-256 that the task may have, in hex; null takes what is there. */
  readonly pin: string | null
  /** The parameters, by what the task says of them; a script says nothing. */
  readonly parameters: (
    declared: readonly ParameterDeclaration[],
    isScript: boolean,
  ) => Promise<SubmittedParameters>
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
 * Runs a task on the engine that is configured: to its end, or, detached, to its beginning.
 *
 * @throws USAGE for arguments of SQL, and for values that no process has room for; as `seeTask` and `executeRun`
 */
export async function runTask(
  {
    id,
    createdAt,
    task,
    args,
    pin,
    parameters,
    given,
    timeoutSeconds,
    mode,
    exclusive,
    retries,
    repeats,
    launch,
    wishes = {},
    interruption,
  }: TaskRun,
  home: Home,
  place: Place,
): Promise<RunRecord> {
  refuseSqlArguments(task.address.key, args)
  const { settings: configured, store, runs } = home
  const engine = await engineOf(home, wishes, place)
  const { address, file } = task
  const { dialect } = parseDatabaseUrl(configured.database)
  const { source, sha256 } = await seeTask(task, store, pin)
  const directives = taskDirectives(address.key, source, dialect)
  const settings = withTaskDatabase(configured, directives.database)
  const isScript = !isSqlTask(address.key)
  const { params, environment: secrets } = await parameters(directives.parameters, isScript)
  // What nobody here has read the runner looks at.
  if (directives !== NOTHING) checkReferences({ params }, name => isSecret(directives.parameters, name))
  // What the runner will give to the script: here nothing has begun yet.
  checkRoom({
    variables: { ...(isScript && asVariables(params)), ...secrets, ...passGivenEnvironment(given) },
    args,
  })
  const environment = engine.isRemote
    ? remoteEnvironment(settings, secrets, given)
    : { ...settingsEnvironment(settings), ...secrets, ...passGivenEnvironment(given) }
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
        pin: pin ?? file?.sha256 ?? null,
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

const NOTHING: TaskDirectives = { parameters: [], database: null, timeout: null }

/** What a SQL task says of itself; nothing where it cannot be read, which the runner then says, and of a script. */
export function taskDirectives(key: string, source: TaskSource | null, dialect: Dialect): TaskDirectives {
  const [file] = source?.files ?? []
  if (file === undefined || !isSqlTask(key)) return NOTHING
  try {
    return readDirectives(Buffer.from(file.bytes).toString(), dialect)
  } catch {
    return NOTHING
  }
}
