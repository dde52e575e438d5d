import { BatchQueryError } from '../errors/index.ts'
import {
  checkRetries,
  checkSeconds,
  isSecretReference,
  newRunId,
  parsePin,
  parseSecretReference,
} from '../platform/index.ts'
import {
  checkGivenName,
  deadRunError,
  type GivenEnvironment,
  isFinal,
  type RunRecord,
  submitParameters,
} from '../run/index.ts'
import { isSecret } from '../sql/index.ts'
import { cancelRun } from '../submit/cancel-run.ts'
import { type Interruption, waitForEnd } from '../submit/execute-run.ts'
import { type Home, openHome, type Place } from '../submit/home.ts'
import { type DescribedRun, listedRuns, type ShownRun, shownRun } from '../submit/listed-runs.ts'
import { runTask } from '../submit/run-task.ts'
import { nameTask } from '../submit/task-file.ts'
import { type LibraryOptions, placeOf } from './connect.ts'
import { abortError } from './errors.ts'

const MOST_LISTED = 20

export interface SubmitOptions extends LibraryOptions {
  /** A name of batchquery.yaml or a URL, which stands before the task's own. @default - as `connect` */
  readonly database?: string
  /** The id of the run. One that is there already is not started again. @default - a new one */
  readonly runId?: string
  /** Parameters by name, as `-p` takes them. Secret ones are in no record; `secret:ARN` names one of Secrets Manager. */
  readonly params?: Readonly<Record<string, string | number | bigint>>
  /** Arguments of the task. */
  readonly args?: readonly string[]
  /** Variables for a script, as `-e` gives them; `secret:ARN` names a secret that the runner reads. */
  readonly env?: Readonly<Record<string, string>>
  /** Variables for a script whose values are masked in its log. */
  readonly secretEnv?: Readonly<Record<string, string>>
  /** The only SHA-256 that the task may have, `sha256:` and its hex. @default - whatever stands there */
  readonly pin?: string
  /** Seconds, from 1 to 24 days, after which the run is ended. @default - what the task says, or none */
  readonly timeout?: number
  /** Whether Aurora writes exports to S3 itself: `auto` where it can, `native` or an error, `streamed`. @default 'auto' */
  readonly mode?: 'auto' | 'native' | 'streamed'
  /** Whether the run ends, DESTINATION_LOCKED, where another one writes to a destination of it. @default - as batchquery.yaml has it */
  readonly exclusive?: boolean
  /** How often the runner begins the task again, after a pause, when it fails with an error that may pass; at most 100. @default 0 */
  readonly retries?: number
}

export interface WaitOptions extends LibraryOptions {
  /** Gives up waiting; the run goes on. */
  readonly signal?: AbortSignal
}

export interface CancelOptions extends WaitOptions {
  /** How long to wait for the end, in seconds, at most 24 days; 0 only asks. @default 30 */
  readonly wait?: number
}

export interface RunListOptions extends LibraryOptions {
  /** How many at most. @default 20 */
  readonly limit?: number
  /** Only those created at this time or later. */
  readonly since?: Date
  /** Only those in this state. */
  readonly state?: RunRecord['state']
}

/**
 * Starts a task as a run that outlives this process, as `batchquery run --detach` does.
 *
 * @param task - SQL or a script: `s3://bucket/key` in the store, or a file or folder, which goes with the run
 * @returns the record once a runner has the run, or on Fargate is on its way; where it ended before that, as it ended
 * @throws TASK_NOT_FOUND; TASK_INVALID, SQL_SYNTAX, UNSUPPORTED_CLAUSE, KEY_INVALID, MISSING_PARAMETER for a task that no server can
 *   take: no run exists then; TASK_CHANGED where it has another SHA-256; RUN_CONFLICT where the id belongs to another task or other
 *   parameters; NO_CAPACITY, RUNNER_LOST; USAGE, CONFIG; what the store throws
 */
export async function submit(task: string, options: SubmitOptions = {}): Promise<RunRecord> {
  const { runId, params = {}, args = [], timeout, database, pin } = options
  const timeoutSeconds = timeout === undefined ? null : checkSeconds('timeout', timeout, 1)
  const { home, place } = await homeOf(options, database, true)
  const createdAt = new Date()
  const id = runId ?? newRunId(createdAt)
  const given = new Map(Object.entries(params).map(([name, value]) => [name, String(value)]))
  return runTask(
    {
      id,
      createdAt,
      task: await nameTask(task, id, home, place.folder),
      args,
      pin: pin === undefined ? null : parsePin(pin),
      parameters: async declared => submitParameters(given, name => isSecret(declared, name)),
      given: environmentOf(options),
      timeoutSeconds,
      mode: options.mode ?? null,
      exclusive: options.exclusive ?? home.settings.exclusive,
      retries: options.retries === undefined ? null : checkRetries(options.retries),
      launch: { talk: 'normal', progress: false, stdout: 'stderr', detached: true },
      interruption: () => UNINTERRUPTED,
    },
    home,
    place,
  )
}

/**
 * Waits for the end of a run.
 *
 * @returns the record as it ended: SUCCEEDED, FAILED or CANCELLED, which is no error here
 * @throws RUN_NOT_FOUND; RUNNER_LOST where nothing is heard of its runner any more; ENGINE_FAILED where none could be
 *   started; CANCELLED, TIMEOUT
 */
export async function wait(id: string, options: WaitOptions = {}): Promise<RunRecord> {
  const { home } = await homeOf(options)
  const record = await unlessSignal(options.signal, () => waitForEnd(id, home.runs, options.signal))
  if (isFinal(record.state)) return record
  throw await deadRunError(record, home.runs)
}

/**
 * Asks a run to end, and waits for that; a run that no runner has is ended at once.
 *
 * @returns the record as it is then; its state tells whether the run has ended
 * @throws RUN_NOT_FOUND; CANCELLED, TIMEOUT where the waiting was given up
 */
export async function cancel(id: string, options: CancelOptions = {}): Promise<RunRecord> {
  const { wait: seconds = 30, signal } = options
  const most = checkSeconds('wait', seconds, 0) === 0 ? null : seconds
  const { home, place } = await homeOf(options)
  return unlessSignal(signal, () => cancelRun(id, most, home, place.log, signal))
}

/** The runs of the home bucket, the newest first. Those whose records cannot be read are left out, and logged. */
export async function list(options: RunListOptions = {}): Promise<readonly ShownRun[]> {
  const { limit = MOST_LISTED, since, state } = options
  if (!(limit >= 1))
    throw new BatchQueryError('USAGE', `limit is ${limit}, which is no number of runs`, {
      hint: 'Give a number from 1 on.',
    })
  const { home, place } = await homeOf(options)
  const filter = state === undefined ? {} : { state }
  return listedRuns(home.runs, { limit, filter, ...(since && { since }) }, place.log)
}

/** The record of a run, and its attempts. @throws RUN_NOT_FOUND, RUN_RECORD_INVALID */
export async function show(id: string, options: LibraryOptions = {}): Promise<DescribedRun> {
  const { home } = await homeOf(options)
  return shownRun(id, home.runs)
}

function environmentOf({ env = {}, secretEnv = {} }: SubmitOptions): GivenEnvironment {
  const isReference = ([, value]: readonly [string, string]) => isSecretReference(value)
  for (const [name, value] of [...Object.entries(env), ...Object.entries(secretEnv)]) {
    checkGivenName(name)
    if (isSecretReference(value)) parseSecretReference(value, name)
  }
  const others = (variables: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(variables).filter(variable => !isReference(variable)))
  const referenced = Object.entries({ ...env, ...secretEnv }).filter(isReference)
  return { open: others(env), secret: others(secretEnv), referenced: Object.fromEntries(referenced) }
}

async function homeOf(
  options: LibraryOptions,
  database?: string,
  launches = false,
): Promise<{ readonly home: Home; readonly place: Place }> {
  const { store, bucket, config, stack } = options
  const place = placeOf(options, database)
  return { home: await openHome({ store, bucket, config, stack }, place, launches), place }
}

async function unlessSignal<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted) throw abortError(signal.reason)
  try {
    return await work()
  } catch (thrown) {
    throw signal?.aborted ? abortError(signal.reason) : thrown
  }
}

/** A detached run is left to itself: signals are the program's own. */
const UNINTERRUPTED: Interruption = {
  asked: null,
  signal: new AbortController().signal,
  passOnTo: () => {},
  dispose: () => {},
}
