import type { Log } from '../platform/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { Home } from '../submit/home.ts'
import { checkVariables, repeatedParameters } from '../submit/repeated-run.ts'
import { type RunRequest, runTask } from '../submit/run-task.ts'
import type { Context, Outcome } from './command.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters } from './parameters.ts'
import { publishedParts, unlistedExports } from './run-text.ts'
import { readScriptVariables } from './script-variables.ts'
import { RunnerSignals } from './signals.ts'

/**
 * Runs a task as the options request; signals of this process go on to its runner.
 *
 * @param repeated the run that this run repeats @default - none
 * @throws as `runTask`, `repeatedParameters` and `checkVariables`
 */
export async function runWithOptions(
  task: Pick<RunRequest, 'id' | 'createdAt' | 'task' | 'args'>,
  home: Home,
  options: Options,
  context: Context,
  repeated?: RunRecord,
): Promise<RunRecord> {
  const { environment, folder, log } = context
  const variables = await readScriptVariables(options.env ?? [], environment, folder)
  if (repeated !== undefined) checkVariables(repeated, variables, log)
  return runTask(
    {
      ...task,
      pin: options.pin ?? null,
      parameters: async (declared, isScript) => {
        const written = await readParameters(options.param ?? [], declared, folder, isScript)
        return repeated === undefined ? written : repeatedParameters(repeated, written)
      },
      variables,
      timeoutSeconds: options.timeout ?? null,
      mode: options.mode ?? null,
      exclusive: options.exclusive ?? home.settings.exclusive,
      retries: options.retries ?? null,
      repeats: repeated?.id,
      runner: {
        talk: talkOf(options),
        progress: options.progress ?? true,
        stdout: options.json ? 'stderr' : 'stdout',
        detached: options.detach ?? false,
      },
      engine: { cpu: options.cpu, memory: options.memory, spot: options.spot, tasks: options.tasks },
      interruption: () => new RunnerSignals(log),
    },
    home,
    context,
  )
}

/** The outcome of a command that started a run: the id of a detached run, otherwise the parts that the run published. */
export function runOutcome(record: RunRecord, options: Options, log: Log): Outcome {
  const { id, endedAt, exitCode } = record
  if (options.detach && endedAt === null)
    log.info(`follow it with \`batchquery logs -f ${id}\`, end it with \`batchquery cancel ${id}\``)
  if (options.detach) return { document: record, text: id, exitCode: exitCode ?? 0 }
  for (const uri of unlistedExports(record)) log.warn(`the list has only the first parts of ${uri}`)
  return { document: record, text: publishedParts(record), exitCode: exitCode ?? 1 }
}
