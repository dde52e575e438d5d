import { isDialect } from '../../database/dialects.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log, ProgressLine } from '../../platform/index.ts'
import { checkRoom, JoinedWork, type OwnedRun, type Runtime, type TaskSource } from '../../run/index.ts'
import { bundleScript } from './bundle.ts'
import { runChild, type ScriptCommand, type ScriptEnd } from './child.ts'
import { Console } from './console.ts'
import { scriptEnvironment } from './environment.ts'
import { findInterpreter } from './interpreter.ts'
import { LastLines } from './last-lines.ts'
import { countMemoryKills } from './memory-kills.ts'
import { type ReportHandlers, readReports } from './reports.ts'
import { type Failure, RunReports } from './run-reports.ts'
import { ScriptExit } from './script-exit.ts'
import { passOnOutput } from './script-output.ts'
import { makeWorkFolder, removeWorkFolder, type WorkFolder } from './work-folder.ts'

export interface ScriptContext {
  readonly run: OwnedRun
  /** The environment of the runner. */
  readonly environment: NodeJS.ProcessEnv
  /** The working folder of the script. */
  readonly folder: string
  readonly homeBucket: string
  /** The address of the task. */
  readonly taskUri: string
  readonly store: string
  /** Whether no file of this machine outlives the run. */
  readonly isEphemeral: boolean
  /** The URL of the database. */
  readonly database: string
  readonly signal: AbortSignal
  /** Recovers what the ended processes of the script did not finish, as `JoinedWork.recover`. */
  readonly recover: (joined: JoinedWork) => Promise<readonly string[]>
  readonly log: Log
  readonly progress: ProgressLine
}

type ScriptRuntime = Exclude<Runtime, { readonly kind: 'sql' }>

/**
 * Runs a script to its end. In every case, none of its processes and files remains, and no statement or staged object of the library in it.
 *
 * @throws ScriptExit with its exit code; SCRIPT_EXIT if an export has not ended; TASK_INVALID, INTERPRETER_MISSING, STORE_FULL,
 *   NO_CAPACITY, USAGE if the script cannot be started; the reason of the signal; as `recover`
 */
export async function runScript(
  source: TaskSource,
  runtime: ScriptRuntime,
  context: ScriptContext,
): Promise<void> {
  const { signal } = context
  const work = await makeWorkFolder(source)
  try {
    const last = new LastLines()
    const command = await prepare(runtime, work, context)
    signal.throwIfAborted()
    const joined = new JoinedWork(context.run, isDialect)
    const reports = reportsOf(context)
    const handlers = new Map([...reports.handlers, ...joined.handlers])
    const killsBefore = await countMemoryKills()
    // Recovery follows even if the script fails.
    const [ended] = await Promise.allSettled([runCommand(command, handlers, last, context)])
    const [recovery] = await Promise.allSettled([context.recover(joined)])
    if (recovery.status === 'rejected') context.run.warn(notRecovered(recovery.reason))
    signal.throwIfAborted()
    if (ended.status === 'rejected') throw ended.reason
    const { survivors, exitCode } = ended.value
    if (survivors > 0) context.run.warn('killed processes that the script left running')
    if (exitCode !== 0) {
      const isOutOfMemory = (await countMemoryKills()) !== killsBefore
      throw scriptExit(ended.value, reports.failure, last, isOutOfMemory)
    }
    if (recovery.status === 'rejected') throw recovery.reason
    if (recovery.value.length > 0) throw unfinished(recovery.value)
  } finally {
    await removeWorkFolder(work.path)
  }
}

async function prepare(
  runtime: ScriptRuntime,
  work: WorkFolder,
  context: ScriptContext,
): Promise<ScriptCommand> {
  const { run, environment, folder, log, homeBucket, store, taskUri, database, isEphemeral } = context
  const place = { homeBucket, store, taskUri, database, isEphemeral, temporary: work.temporary }
  const { variables, secrets } = scriptEnvironment(run.record, environment, place)
  for (const secret of secrets) log.addSecret(secret)
  checkRoom({ variables, args: run.record.args })
  const common = { environment: variables, folder, work }
  if (runtime.kind === 'node') {
    const bundle = await bundleScript(work.task, runtime.entry, context.signal)
    // After `--`, Node leaves an argument such as --env-file to the script.
    const args = ['--enable-source-maps', '--', bundle, ...run.record.args]
    return { ...common, program: process.execPath, args }
  }
  const [named, ...before] = runtime.command
  const program = await findInterpreter(named, variables.PATH ?? '')
  return { ...common, program, args: [...before, `${work.task}/${runtime.entry}`, ...run.record.args] }
}

const reportsOf = ({ run, log, progress }: ScriptContext): RunReports =>
  new RunReports(run, log, () => progress.start(() => run.record.progress))

async function runCommand(
  command: ScriptCommand,
  handlers: ReportHandlers,
  last: LastLines,
  context: ScriptContext,
): Promise<ScriptEnd> {
  const { run, log, progress, signal } = context
  const stdout = { console: new Console(process.stdout), last }
  const stderr = { console: new Console(process.stderr), last }
  const readers = {
    stdout: stream => passOnOutput(stream, 'OUT', log, stdout),
    stderr: stream => passOnOutput(stream, 'ERR', log, stderr),
    reports: stream => readReports(stream, handlers, text => run.warn(text)),
  } satisfies Parameters<typeof runChild>[1]
  try {
    return await runChild(command, readers, signal)
  } finally {
    progress.stop()
  }
}

function scriptExit(
  { exitCode, signal }: ScriptEnd,
  failure: Failure | null,
  last: LastLines,
  isOutOfMemory: boolean,
) {
  const ending = signal === null ? `ended with exit code ${exitCode}` : `was killed by ${signal}`
  const how = isOutOfMemory ? `${ending} because the container ran out of memory` : ending
  const why = failure === null ? '' : `: ${failure.message}`
  const hint = isOutOfMemory
    ? 'Raise --memory, or make the script use less.'
    : signal === 'SIGKILL'
      ? 'Check whether the machine ran out of memory. If it did, give the script more memory, or make it use less.'
      : 'Read the log of the run, which has everything that the script wrote. The exit code is its own.'
  return new ScriptExit(`the script ${how}${why}`, last, {
    exitCode,
    hint: failure?.hint ?? hint,
    ...(failure?.retryable !== undefined && { retryable: failure.retryable }),
  })
}

const notRecovered = (thrown: unknown): string =>
  `some leftovers of the script may remain; remove them with \`batchquery reap\`: ${BatchQueryError.from(thrown).message}`

/** The error of a script that exits with 0 before its export has ended: the result is lost. */
const unfinished = (uris: readonly string[]): BatchQueryError =>
  new BatchQueryError(
    'SCRIPT_EXIT',
    `the script ended before its export to ${uris.join(', ')}, so that export published nothing`,
    { exitCode: 1, hint: 'Await every export before the script, or the process that exports, ends.' },
  )
