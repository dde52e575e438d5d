import { existingDatabase, openDatabase } from '../config/index.ts'
import { estimateSizes, type SizeEstimate } from '../engine/fargate/estimate.ts'
import { BatchQueryError } from '../errors/index.ts'
import { newRunId } from '../platform/index.ts'
import { type ForecastUse, planTask, type StepForecast } from '../statements/plan-task.ts'
import { readSecrets } from '../statements/read-secrets.ts'
import { withSession } from '../statements/session.ts'
import type { CheckedTask } from './check-task.ts'
import type { ProcessContext } from './configuration.ts'

/** What the exports of a task would do. */
export interface TaskForecast {
  /** The product and its version, as the server reports them. */
  readonly server: string
  readonly exports: readonly StepForecast[]
  /** Null if the size of no export is known. */
  readonly fargate: FargateForecast | null
}

/** What a run takes on Fargate. */
export interface FargateForecast {
  /** How many of the exports have an estimate. The sizes count nothing else. */
  readonly exports: number
  readonly currency: string
  readonly sizes: readonly SizeEstimate[]
}

/**
 * Logs in to the database of a task, and says what its exports would do. It runs no statement of the task.
 *
 * @throws USAGE for a script; as `CheckedTask.readSql`, `Database.connect` and `planTask`
 */
export async function forecastTask(
  { parameters, readSql, settings }: CheckedTask,
  mode: ForecastUse['mode'],
  { environment, folder, log }: ProcessContext,
  signal: AbortSignal,
): Promise<TaskForecast> {
  const task = readSql(await readSecrets(parameters, parameters.environment, log, signal))
  if (task === null)
    throw new BatchQueryError('USAGE', 'plan reads the statements of SQL tasks, and the task is a script', {
      hint: 'Name a SQL task. `batchquery run TASK --dry-run` checks a script.',
    })
  for (const [secret, spellings] of task.secrets) log.addSecret(secret, spellings)
  const url = existingDatabase(settings.database, folder)
  const database = await openDatabase(url, environment, folder)
  const told = (text: string): void => log.warn(text)
  const opening = { mark: `batchquery ${newRunId(new Date())}`, signal, waiting: told, warn: told }
  let server = ''
  let exports: readonly StepForecast[] = []
  await withSession(database, opening, async session => {
    server = `${session.server.kind} ${session.server.version}`
    exports = await planTask(task, session, { mode, signal, limits: settings.limits })
  })
  return { server, exports, fargate: fargateForecast(exports, settings.fargate?.prices) }
}

function fargateForecast(
  exports: readonly StepForecast[],
  prices: Parameters<typeof estimateSizes>[1],
): FargateForecast | null {
  const works = exports.flatMap(({ forecast }) =>
    forecast?.speed ? [{ memoryBytes: forecast.memoryBytes, ...forecast.speed }] : [],
  )
  if (works.length === 0) return null
  return {
    exports: works.length,
    currency: prices?.currency ?? 'USD',
    sizes: estimateSizes(works, prices),
  }
}
