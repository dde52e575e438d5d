import type { Home } from '../client/home.ts'
import { runTask as run, type TaskRun } from '../client/run-task.ts'
import type { RunRecord } from '../run/index.ts'
import type { Context } from './command.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters } from './parameters.ts'
import { RunnerSignals } from './signals.ts'

/** Runs a task as the command line says; signals of this process go on to its runner. @throws as `executeRun` */
export function runTask(
  task: Pick<TaskRun, 'id' | 'createdAt' | 'task' | 'args'>,
  home: Home,
  options: Options,
  context: Context,
): Promise<RunRecord> {
  return run(
    {
      ...task,
      parameters: declared => readParameters(options.param ?? [], declared, context.folder),
      timeoutSeconds: options.timeout ?? null,
      launch: {
        talk: talkOf(options),
        progress: options.progress ?? true,
        stdout: options.json ? 'stderr' : 'stdout',
        detached: options.detach ?? false,
      },
      interruption: () => new RunnerSignals(context.log),
    },
    home,
    context,
  )
}
