import { DEFAULT_BUCKET, readSettings, type Settings } from '../config/index.ts'
import { BatchQueryError } from '../errors/index.ts'
import { checkRunId, type LogLevel, newRunId } from '../platform/index.ts'
import { scheduledRunId } from './scheduled-run.ts'

/** What the runner was started with. */
export interface RunnerSettings {
  readonly bucket: string
  readonly key: string
  readonly args: readonly string[]
  readonly runId: string
  readonly homeBucket: string
  /** `s3`, or the absolute path of the directory that is the store. */
  readonly store: string
  /** What the environment says of the database. */
  readonly configured: Settings
  readonly talk: LogLevel
  readonly progress: boolean
}

const TALK: readonly LogLevel[] = ['quiet', 'normal', 'verbose']

/**
 * `batchquery-task BUCKET KEY [ARG...]` and its environment: BATCHQUERY_RUN_ID, BATCHQUERY_BUCKET (the home bucket),
 * BATCHQUERY_STORE, BATCHQUERY_DATABASE, BATCHQUERY_TALK (quiet, normal, verbose), BATCHQUERY_PROGRESS (1, 0).
 *
 * @throws USAGE, CONFIG
 */
export function readRunnerSettings(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  folder: string,
): RunnerSettings {
  const [bucket, key, ...args] = argv
  if (bucket === undefined || key === undefined || bucket === '' || key === '')
    throw new BatchQueryError('USAGE', 'batchquery-task needs the bucket and the key of a task', {
      hint: `batchquery-task ${DEFAULT_BUCKET} script/batchquery.sql`,
    })
  const talk = environment.BATCHQUERY_TALK ?? 'normal'
  const settings = readSettings({}, environment, folder)
  return {
    bucket,
    key,
    args,
    runId: checkRunId(environment.BATCHQUERY_RUN_ID || (scheduledRunId(environment) ?? newRunId(new Date()))),
    homeBucket: environment.BATCHQUERY_BUCKET || bucket,
    store: settings.store,
    configured: settings,
    talk: TALK.find(level => level === talk) ?? 'normal',
    progress: environment.BATCHQUERY_PROGRESS !== '0',
  }
}
