import type { RunRecord } from '../run/index.ts'
import type { Home } from '../submit/home.ts'
import { runTask as run, type TaskRun } from '../submit/run-task.ts'
import type { Context } from './command.ts'
import { readGivenEnvironment } from './given-environment.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters } from './parameters.ts'
import { checkVariables, repeatedParameters } from './repeated-run.ts'
import { RunnerSignals } from './signals.ts'

interface CommandedTask extends Pick<TaskRun, 'id' | 'createdAt' | 'task' | 'args'> {
  /** The run that this one repeats. @default - none */
  readonly repeated?: RunRecord
}

/**
 * Runs a task as the command line says; signals of this process go on to its runner.
 *
 * @throws as `executeRun`; as `repeatedParameters` and `checkVariables`
 */
export async function runTask(
  { repeated, ...task }: CommandedTask,
  home: Home,
  options: Options,
  context: Context,
): Promise<RunRecord> {
  const { environment, folder, log } = context
  const given = await readGivenEnvironment(options.env ?? [], environment, folder)
  if (repeated !== undefined) checkVariables(repeated, given, log)
  return run(
    {
      ...task,
      pin: options.pin ?? null,
      parameters: async (declared, isScript) => {
        const written = await readParameters(options.param ?? [], declared, folder, isScript)
        return repeated === undefined ? written : repeatedParameters(repeated, written)
      },
      given,
      timeoutSeconds: options.timeout ?? null,
      mode: options.mode ?? null,
      exclusive: options.exclusive ?? home.settings.exclusive,
      retries: options.retries ?? null,
      repeats: repeated?.id,
      launch: {
        talk: talkOf(options),
        progress: options.progress ?? true,
        stdout: options.json ? 'stderr' : 'stdout',
        detached: options.detach ?? false,
      },
      wishes: { cpu: options.cpu, memory: options.memory, spot: options.spot },
      interruption: () => new RunnerSignals(log),
    },
    home,
    context,
  )
}
