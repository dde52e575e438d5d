import { settingsEnvironment, withTaskDatabase } from '../config/index.ts'
import type { Dialect } from '../database/database.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { type LaunchOptions, LocalEngine } from '../engine/index.ts'
import type { RunRecord, SubmittedParameters } from '../run/index.ts'
import { type ParameterDeclaration, readDirectives, type TaskDirectives } from '../sql/index.ts'
import type { Store } from '../store/index.ts'
import { executeRun, type Interruption } from './execute-run.ts'
import type { Home, Place } from './home.ts'
import type { NamedTask } from './task-file.ts'

export interface TaskRun {
  readonly id: string
  readonly createdAt: Date
  readonly task: NamedTask
  readonly args: readonly string[]
  /** The parameters, by what the task says of them. */
  readonly parameters: (declared: readonly ParameterDeclaration[]) => Promise<SubmittedParameters>
  /** Null leaves it to the task. */
  readonly timeoutSeconds: number | null
  readonly launch: Omit<LaunchOptions, 'environment'>
  readonly interruption: () => Interruption
}

/** Runs a task on the engine that is configured: to its end, or, detached, to its beginning. @throws as `executeRun` */
export async function runTask(
  { id, createdAt, task, args, parameters, timeoutSeconds, launch, interruption }: TaskRun,
  { settings: configured, store, runs }: Home,
  { environment, folder, log }: Place,
): Promise<RunRecord> {
  const engine = new LocalEngine(environment, folder)
  const { address, file } = task
  const { dialect } = parseDatabaseUrl(configured.database)
  const directives = await taskDirectives(task, store, dialect)
  const settings = withTaskDatabase(configured, directives.database)
  const { params, environment: secrets } = await parameters(directives.parameters)
  return executeRun({
    run: {
      id,
      task: address,
      args: [...args],
      params,
      request: {
        // The password, if any, is the runner's to find: in its environment.
        database: settings.shownDatabase,
        timeoutSeconds,
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
    options: { ...launch, environment: { ...settingsEnvironment(settings), ...secrets } },
    log,
    interruption,
  })
}

/** What the task says of itself; nothing where it cannot be read, which the runner then says. */
export async function taskDirectives(
  { file, address }: NamedTask,
  store: Store,
  dialect: Dialect,
): Promise<TaskDirectives> {
  const bytes = file?.bytes ?? (await store.read(address))?.bytes ?? new Uint8Array()
  try {
    return readDirectives(Buffer.from(bytes).toString(), dialect)
  } catch {
    return { parameters: [], database: null, timeout: null }
  }
}
