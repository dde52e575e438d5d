import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'

/**
 * The schedule whose runs must not overlap. BATCHQUERY_OVERLAP is `skip` or `allow`. Null if no schedule started the run.
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
