import { withSubmittedDatabases } from '../config/index.ts'
import type { Log } from '../platform/index.ts'
import { loadEnvironment } from '../run/index.ts'
import { openStore } from '../store/index.ts'
import type { OwnEcsTask } from './ecs-metadata.ts'
import { type RunnerSettings, readRunnerSettings } from './runner-settings.ts'

/** The complete settings and environment of a runner. */
export interface Started {
  readonly settings: RunnerSettings
  readonly environment: NodeJS.ProcessEnv
}

/** Reads the settings of a runner. A part of its environment may be in the store. @throws as `readRunnerSettings`, and the store's errors */
export async function readStarted(
  argv: readonly string[],
  given: NodeJS.ProcessEnv,
  folder: string,
  ecsTask: OwnEcsTask | null,
  log: Log,
): Promise<Started> {
  const environment = withSubmittedDatabases(given)
  const settings = readRunnerSettings(argv, environment, folder, ecsTask)
  if (!environment.BATCHQUERY_ENVIRONMENT) return { settings, environment }
  const store = openStore(settings.store, log)
  const { homeBucket, runId } = settings
  const complete = withSubmittedDatabases(await loadEnvironment(store, homeBucket, runId, environment))
  return { settings: readRunnerSettings(argv, complete, folder, ecsTask), environment: complete }
}
