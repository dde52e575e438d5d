import { settingsEnvironment, withTaskDatabase } from '../config/index.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { LocalEngine } from '../engine/index.ts'
import type { RunRecord } from '../run/index.ts'
import { passGivenEnvironment } from '../task/given-environment.ts'
import { isSqlTask } from '../task/runtime.ts'
import type { Context } from './command.ts'
import { executeRun } from './execute-run.ts'
import { readGivenEnvironment } from './given-environment.ts'
import type { Home } from './home.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters, taskDirectives } from './parameters.ts'
import { seeTask } from './pinned-task.ts'
import { type NamedTask, uploadTask } from './task-file.ts'

export interface TaskRun {
  readonly id: string
  readonly createdAt: Date
  readonly task: NamedTask
  readonly args: readonly string[]
}

/** Runs a task on the engine that is configured, to its end. @throws as `executeRun` */
export async function runTask(
  { id, createdAt, task, args }: TaskRun,
  { settings: configured, store, runs }: Home,
  options: Options,
  { environment, folder, log }: Context,
): Promise<RunRecord> {
  const engine = new LocalEngine(environment, folder)
  const { address, file } = task
  const { dialect } = parseDatabaseUrl(configured.database)
  const { source, sha256 } = await seeTask(task, store, options.pin)
  const { parameters, database } = taskDirectives(address.key, source, dialect)
  const settings = withTaskDatabase(configured, database)
  const isScript = !isSqlTask(address.key)
  const { params, environment: secrets } = await readParameters(
    options.param ?? [],
    parameters,
    folder,
    isScript,
  )
  const given = await readGivenEnvironment(options.env ?? [], environment, folder)
  return executeRun({
    run: {
      id,
      task: { ...address, sha256 },
      args: [...args],
      params,
      request: {
        // The password, if any, is the runner's to find: in its environment.
        database: settings.shownDatabase,
        timeoutSeconds: options.timeout ?? null,
        pin: options.pin ?? file?.sha256 ?? null,
      },
      engine: { name: engine.name },
      createdAt,
    },
    prepare: async () => {
      if (file !== null) await uploadTask(store, address, file)
    },
    runs,
    engine,
    options: {
      environment: { ...settingsEnvironment(settings), ...secrets, ...passGivenEnvironment(given) },
      talk: talkOf(options),
      progress: options.progress ?? true,
      stdout: options.json ? 'stderr' : 'stdout',
      detached: options.detach ?? false,
    },
    log,
  })
}
