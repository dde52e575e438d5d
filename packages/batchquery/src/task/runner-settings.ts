import {
  DEFAULT_BUCKET,
  readSettings,
  refuseCommands,
  type Settings,
  SHARED_STORE,
  saysDatabase,
} from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { ExportMode } from '../export/index.ts'
import {
  checkRunId,
  isEphemeral,
  type LogLevel,
  newRunId,
  parseDuration,
  parseRetries,
  quoted,
} from '../platform/index.ts'
import { scheduledRunId } from '../run/index.ts'
import type { OwnEcsTask } from './ecs-metadata.ts'
import { givenParameters } from './given-parameters.ts'

/** The settings that the runner was started with. */
export interface RunnerSettings {
  readonly bucket: string
  readonly key: string
  readonly args: readonly string[]
  /** The parameters of a run without a submitter. */
  readonly params: Readonly<Record<string, string>>
  readonly runId: string
  readonly homeBucket: string
  /** `s3`, or the absolute path of the directory that is the store. */
  readonly store: string
  /** The settings of the environment, including the database. */
  readonly configured: Settings
  /** Whether the environment does not choose a database, so that the home bucket may. */
  readonly isDatabaseOpen: boolean
  /** The ARN of the ECS task in which the runner runs; null outside of ECS. */
  readonly ecsTask: OwnEcsTask | null
  /** Whether no file of this machine outlives the run, except those of a store. */
  readonly isEphemeral: boolean
  /** The ARN of an ECS task that is known to have ended; null if there is none. */
  readonly endedTask: string | null
  /** The schedule whose runs must not overlap; null if there is none. */
  readonly turnOf: string | null
  /** The timeout of this attempt; if null, the record or the task decides. */
  readonly timeoutSeconds: number | null
  /** The mode of this attempt; if null, the record decides. */
  readonly mode: ExportMode | null
  /** Whether the runner ends with success if the run has SUCCEEDED already. */
  readonly isRepeatOk: boolean
  /** Whether this attempt is exclusive; if false, the record decides. */
  readonly exclusive: boolean
  /** The retries of this attempt; if null, the record decides. */
  readonly retries: number | null
  readonly talk: LogLevel
  readonly progress: boolean
}

const MODES: readonly ExportMode[] = ['auto', 'native', 'streamed']
const TALK: readonly LogLevel[] = ['quiet', 'normal', 'verbose']

/**
 * Reads `batchquery-task BUCKET KEY [ARG...]` and its environment: BATCHQUERY_RUN_ID, BATCHQUERY_BUCKET (the home bucket),
 * BATCHQUERY_STORE, BATCHQUERY_DATABASE, BATCHQUERY_TALK (quiet, normal, verbose), BATCHQUERY_PROGRESS (1, 0),
 * BATCHQUERY_TIMEOUT (`90s`), BATCHQUERY_MODE, BATCHQUERY_EXCLUSIVE (1) and BATCHQUERY_RETRIES (`3`), which override the record's request,
 * BATCHQUERY_ENDED_TASK (the ARN of an ECS task of the same run that is known to have ended). A schedule sets BATCHQUERY_SCHEDULE,
 * BATCHQUERY_SCHEDULED_TIME, BATCHQUERY_OVERLAP (skip, allow) and BATCHQUERY_PARAMS (JSON). A state machine sets BATCHQUERY_REPEAT (ok).
 *
 * In an ECS task or container (BATCHQUERY_EPHEMERAL) that was started without these variables, the store is S3, and the run has the id of
 * the ECS task.
 *
 * @throws USAGE, CONFIG
 */
export function readRunnerSettings(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
  ecsTask: OwnEcsTask | null = null,
): RunnerSettings {
  const [bucket, key, ...args] = argv
  if (bucket === undefined || key === undefined || bucket === '' || key === '')
    throw new BatchQueryError('USAGE', 'batchquery-task needs the bucket and the key of a task', {
      hint: `batchquery-task ${DEFAULT_BUCKET} script/batchquery.sql`,
    })
  const talk = environment.BATCHQUERY_TALK ?? 'normal'
  const losesFiles = ecsTask !== null || isEphemeral(environment)
  const isPlain = losesFiles && !environment.BATCHQUERY_STORE
  const isDatabaseOpen = !saysDatabase(environment)
  const settings = readSettings(
    isPlain ? { store: SHARED_STORE } : {},
    withoutName(environment, isDatabaseOpen),
    folder,
  )
  if (losesFiles) refuseCommands(settings.notifications, ecsTask === null ? 'container' : 'fargate')
  return {
    bucket,
    key,
    args,
    params: givenParameters(environment),
    // The schedule comes first, so that an invocation that is delivered twice is one run.
    runId: checkRunId(
      environment.BATCHQUERY_RUN_ID || (scheduledRunId(environment) ?? ecsTask?.id ?? newRunId(new Date())),
    ),
    homeBucket: environment.BATCHQUERY_BUCKET || bucket,
    store: settings.store,
    configured: settings,
    isDatabaseOpen,
    ecsTask,
    isEphemeral: losesFiles,
    endedTask: environment.BATCHQUERY_ENDED_TASK || null,
    turnOf: exclusiveSchedule(environment),
    isRepeatOk: isRepeatOk(environment),
    timeoutSeconds: environment.BATCHQUERY_TIMEOUT ? parseDuration(environment.BATCHQUERY_TIMEOUT) : null,
    exclusive: environment.BATCHQUERY_EXCLUSIVE === '1',
    retries: environment.BATCHQUERY_RETRIES ? parseRetries(environment.BATCHQUERY_RETRIES) : null,
    mode: MODES.find(mode => mode === environment.BATCHQUERY_MODE) ?? null,
    talk: TALK.find(level => level === talk) ?? 'normal',
    progress: environment.BATCHQUERY_PROGRESS !== '0',
  }
}

/** Leaves out a database name that the environment does not define: the home bucket may define it, and is read later. */
const withoutName = (environment: NodeJS.ProcessEnv, isOpen: boolean): NodeJS.ProcessEnv =>
  isOpen && environment.BATCHQUERY_DATABASE ? { ...environment, BATCHQUERY_DATABASE: undefined } : environment

/**
 * Whether a runner may end with success if its run has SUCCEEDED already: BATCHQUERY_REPEAT is `ok`. A state machine that is redriven
 * starts the same run again.
 *
 * @throws CONFIG
 */
export function isRepeatOk({ BATCHQUERY_REPEAT: repeat = '' }: NodeJS.ProcessEnv): boolean {
  if (repeat === '' || repeat === 'ok') return repeat === 'ok'
  throw new BatchQueryError('CONFIG', `BATCHQUERY_REPEAT is ${quoted(repeat)}`, {
    hint: 'Set it to ok, or unset it.',
  })
}

/**
 * The schedule whose runs must not overlap. BATCHQUERY_OVERLAP is `skip` or `allow`. Null if no schedule started the run.
 *
 * @throws CONFIG
 */
function exclusiveSchedule(environment: NodeJS.ProcessEnv): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_OVERLAP: overlap = 'skip' } = environment
  if (overlap !== 'skip' && overlap !== 'allow')
    throw new BatchQueryError('CONFIG', `BATCHQUERY_OVERLAP is ${quoted(overlap)}`, {
      hint: 'Set it to skip or allow.',
    })
  return name && overlap === 'skip' ? name : null
}
