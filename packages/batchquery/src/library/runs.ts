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
  checkVariableName,
  type DescribedRun,
  deadRunError,
  isFinal,
  type RunRecord,
  type ScriptVariables,
  type ShownRun,
  submitParameters,
  waitForEnd,
} from '../run/index.ts'
import { isSecret } from '../sql/index.ts'
import { cancelRun } from '../submit/cancel-run.ts'
import type { ProcessContext } from '../submit/configuration.ts'
import type { Interruption } from '../submit/execute-run.ts'
import { type Home, openHome } from '../submit/home.ts'
import { listedRuns, shownRun } from '../submit/listed-runs.ts'
import { runTask } from '../submit/run-task.ts'
import { nameTask } from '../submit/task.ts'
import { contextOf, type LibraryOptions } from './connect.ts'
import { abortError } from './errors.ts'

const MOST_LISTED = 20

export interface SubmitOptions extends LibraryOptions {
  /** A name of batchquery.yaml or a URL, which takes precedence over the one in the task. @default - as `connect` */
  readonly database?: string
  /** The id of the run. If the run exists already, it is not started again. @default - a new id */
  readonly runId?: string
  /** Parameters by name, as with `-p`. No record contains a secret parameter; `secret:ARN` names a secret of Secrets Manager. */
  readonly params?: Readonly<Record<string, string | number | bigint>>
  /** Arguments of the task. */
  readonly args?: readonly string[]
  /** Variables for a script, as with `-e`; `secret:ARN` names a secret that the runner reads. */
  readonly env?: Readonly<Record<string, string>>
  /** Variables for a script whose values are masked in its log. */
  readonly secretEnv?: Readonly<Record<string, string>>
  /** The only SHA-256 that the task may have: `sha256:` and the hash in hex. @default - any */
  readonly pin?: string
  /** Ends the run after this time: in seconds, from 1 to 24 days. @default - the timeout of the task, or none */
  readonly timeout?: number
  /** Whether Aurora writes exports to S3 itself: `auto` if it can, `native` always (else an error), `streamed` never. @default 'auto' */
  readonly mode?: 'auto' | 'native' | 'streamed'
  /** Whether the run ends with DESTINATION_LOCKED if another run writes to one of its destinations. @default - as batchquery.yaml says */
  readonly exclusive?: boolean
  /** How often, at most 100 times, the runner begins the task again after an error that may pass. @default 0 */
  readonly retries?: number
}

export interface WaitOptions extends LibraryOptions {
  /** Stops waiting; the run continues. */
  readonly signal?: AbortSignal
}

export interface CancelOptions extends WaitOptions {
  /** How long to wait for the end, in seconds, at most 24 days; 0 does not wait. @default 30 */
  readonly wait?: number
}

export interface RunListOptions extends LibraryOptions {
  /** The most runs to return. @default 20 */
  readonly limit?: number
  /** Only runs created at this time or later. */
  readonly since?: Date
  /** Only runs in this state. */
  readonly state?: RunRecord['state']
}

/**
 * Starts a task as a run that outlives this process, as `batchquery run --detach` does.
 *
 * @param task - SQL or a script: `s3://bucket/key` in the store, or a file or folder, which goes with the run
 * @returns the record when a runner has claimed the run or, on Fargate, when the launch has succeeded; the final record if the run has
 *   ended before
 * @throws TASK_NOT_FOUND; TASK_INVALID, SQL_SYNTAX, UNSUPPORTED_CLAUSE, KEY_INVALID, MISSING_PARAMETER for a task that no server can
 *   run: then the run does not exist; TASK_CHANGED if the task has another SHA-256; RUN_CONFLICT if the id belongs to another task or
 *   other parameters; NO_CAPACITY, RUNNER_LOST; USAGE, CONFIG; errors of the store
 */
export async function submit(task: string, options: SubmitOptions = {}): Promise<RunRecord> {
  const { runId, params = {}, args = [], timeout, database, pin } = options
  const timeoutSeconds = timeout === undefined ? null : checkSeconds('timeout', timeout, 1)
  const { home, context } = await homeOf(options, database, true)
  const createdAt = new Date()
  const id = runId ?? newRunId(createdAt)
  const given = new Map(Object.entries(params).map(([name, value]) => [name, String(value)]))
  return runTask(
    {
      id,
      createdAt,
      task: await nameTask(task, id, home, context.folder),
      args,
      pin: pin === undefined ? null : parsePin(pin),
      parameters: async declared => submitParameters(given, name => isSecret(declared, name)),
      variables: variablesOf(options),
      timeoutSeconds,
      mode: options.mode ?? null,
      exclusive: options.exclusive ?? home.settings.exclusive,
      retries: options.retries === undefined ? null : checkRetries(options.retries),
      runner: { talk: 'normal', progress: false, stdout: 'stderr', detached: true },
      interruption: () => UNINTERRUPTED,
    },
    home,
    context,
  )
}

/**
 * Waits for the end of a run.
 *
 * @returns the final record. A run that FAILED or was CANCELLED is not an error here.
 * @throws RUN_NOT_FOUND; RUNNER_LOST if its runner is dead; ENGINE_FAILED if no runner could be started; CANCELLED, TIMEOUT if the
 *   signal aborts
 */
export async function wait(id: string, options: WaitOptions = {}): Promise<RunRecord> {
  const { home } = await homeOf(options)
  const record = await unlessSignal(options.signal, () =>
    waitForEnd(id, home.runs, { signal: options.signal }),
  )
  if (isFinal(record.state)) return record
  throw await deadRunError(record, home.runs)
}

/**
 * Requests the cancel of a run, and waits for its end. If no runner has the run, it ends at once.
 *
 * @returns the latest record. Its state shows whether the run has ended.
 * @throws RUN_NOT_FOUND; CANCELLED, TIMEOUT if the signal aborts
 */
export async function cancel(id: string, options: CancelOptions = {}): Promise<RunRecord> {
  const { wait: seconds = 30, signal } = options
  const most = checkSeconds('wait', seconds, 0) === 0 ? null : seconds
  const { home, context } = await homeOf(options)
  return unlessSignal(signal, () => cancelRun(id, most, home, context.log, signal))
}

/** Lists the runs of the home bucket, the newest first. It omits a run whose record cannot be read, and logs it. */
export async function list(options: RunListOptions = {}): Promise<readonly ShownRun[]> {
  const { limit = MOST_LISTED, since, state } = options
  if (!(limit >= 1))
    throw new BatchQueryError('USAGE', `limit is ${limit}, which is not a number of runs`, {
      hint: 'Use a number of 1 or more.',
    })
  const { home, context } = await homeOf(options)
  const filter = state === undefined ? {} : { state }
  return listedRuns(home.runs, { limit, filter, ...(since && { since }) }, context.log)
}

/** Returns the record of a run, and its attempts. @throws RUN_NOT_FOUND, RUN_RECORD_INVALID */
export async function show(id: string, options: LibraryOptions = {}): Promise<DescribedRun> {
  const { home } = await homeOf(options)
  return shownRun(id, home.runs)
}

function variablesOf({ env = {}, secretEnv = {} }: SubmitOptions): ScriptVariables {
  const isReference = ([, value]: readonly [string, string]) => isSecretReference(value)
  for (const [name, value] of [...Object.entries(env), ...Object.entries(secretEnv)]) {
    checkVariableName(name)
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
  startsRuns = false,
): Promise<{ readonly home: Home; readonly context: ProcessContext }> {
  const { store, bucket, config, stack } = options
  const context = contextOf(options, database)
  return { home: await openHome({ store, bucket, config, stack }, context, startsRuns), context }
}

async function unlessSignal<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal?.aborted) throw abortError(signal.reason)
  try {
    return await work()
  } catch (thrown) {
    throw signal?.aborted ? abortError(signal.reason) : thrown
  }
}

/** A detached run gets no signals: the program handles them itself. */
const UNINTERRUPTED: Interruption = {
  requested: null,
  signal: new AbortController().signal,
  passOnTo: () => {},
  dispose: () => {},
}
