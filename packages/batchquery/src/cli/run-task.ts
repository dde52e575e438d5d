import type { Home } from '../client/home.ts'
import { settingsEnvironment, withTaskDatabase } from '../config/index.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { LocalEngine } from '../engine/index.ts'
import type { RunRecord } from '../run/index.ts'
import type { Context } from './command.ts'
import { executeRun } from './execute-run.ts'
import { type Options, talkOf } from './options.ts'
import { readParameters, taskDirectives } from './parameters.ts'
import type { NamedTask } from './task-file.ts'

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
  const { parameters, database } = await taskDirectives(task, store, dialect)
  const settings = withTaskDatabase(configured, database)
  const { params, environment: secrets } = await readParameters(options.param ?? [], parameters, folder)
  return executeRun({
    run: {
      id,
      task: address,
      args: [...args],
      params,
      request: {
        // The password, if any, is the runner's to find: in its environment.
        database: settings.shownDatabase,
        timeoutSeconds: options.timeout ?? null,
        pin: file?.sha256 ?? null,
      },
      engine: { name: engine.name },
      createdAt,
    },
    prepare: async () => {
      if (file !== null) await store.put(address, file.bytes)
    },
    runs,
    engine,
    options: {
      environment: { ...settingsEnvironment(settings), ...secrets },
      talk: talkOf(options),
      progress: options.progress ?? true,
      stdout: options.json ? 'stderr' : 'stdout',
      detached: options.detach ?? false,
    },
    log,
  })
}
