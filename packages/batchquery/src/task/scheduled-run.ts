import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'

/**
 * The id of a run that a schedule asked for, by BATCHQUERY_SCHEDULE (its name) and BATCHQUERY_SCHEDULED_TIME (ISO 8601): a schedule
 * that delivers twice asks for the same run. An id has no place for colons. Null where no schedule did.
 */
export function scheduledRunId(environment: NodeJS.ProcessEnv): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_SCHEDULED_TIME: time } = environment
  return name && time ? `${name}-${time.replaceAll(/[-:]/g, '')}` : null
}

/**
 * The schedule whose runs must not overlap, by BATCHQUERY_OVERLAP: `skip`, or `allow`. Null where no schedule asked for the run.
 *
 * @throws CONFIG
 */
export function exclusiveSchedule(environment: NodeJS.ProcessEnv): string | null {
  const { BATCHQUERY_SCHEDULE: name, BATCHQUERY_OVERLAP: overlap = 'skip' } = environment
  if (overlap !== 'skip' && overlap !== 'allow')
    throw new BatchQueryError('CONFIG', `BATCHQUERY_OVERLAP: ${quoted(overlap)} is no rule`, {
      hint: 'Write skip or allow.',
    })
  return name && overlap === 'skip' ? name : null
}
