import type { Home } from '../client/home.ts'
import { runTask as run, type TaskRun } from '../client/run-task.ts'
import type { RunRecord } from '../run/index.ts'
import type { Context } from './command.ts'
import { readGivenEnvironment } from './given-environment.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters } from './parameters.ts'
import { RunnerSignals } from './signals.ts'

/** Runs a task as the command line says; signals of this process go on to its runner. @throws as `executeRun` */
export async function runTask(
  task: Pick<TaskRun, 'id' | 'createdAt' | 'task' | 'args'>,
  home: Home,
  options: Options,
  context: Context,
): Promise<RunRecord> {
  const { environment, folder, log } = context
  return run(
    {
      ...task,
      pin: options.pin ?? null,
      parameters: (declared, isScript) => readParameters(options.param ?? [], declared, folder, isScript),
      given: await readGivenEnvironment(options.env ?? [], environment, folder),
      timeoutSeconds: options.timeout ?? null,
      mode: options.mode ?? null,
      exclusive: options.exclusive ?? home.settings.exclusive,
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
