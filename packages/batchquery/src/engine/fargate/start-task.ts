import * as v from 'valibot'
import { AwsFailure } from '../../aws/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import type { Launch } from '../../run/index.ts'
import { backOff } from './back-off.ts'
import { type AwsClients, resultOrFailure } from './clients.ts'
import { explainFailure, kindOf } from './ecs-errors.ts'
import { clientTokenOf, runTaskRequest } from './run-task-request.ts'

/** The answer to a launch. */
export type LaunchOutcome =
  | { readonly kind: 'started'; readonly arn: string }
  /** ECS started nothing because it lacks capacity. A later launch may succeed. */
  | { readonly kind: 'no capacity'; readonly error: BatchQueryError }
  /** ECS started nothing. */
  | { readonly kind: 'refused'; readonly error: BatchQueryError }

/** How long to try. */
export interface Patience {
  /** By `performance.now()`. */
  readonly until: number
  readonly signal: AbortSignal
  /** Gets the reason of each further attempt, once for each reason. */
  readonly log: Log
}

const DOING = { what: 'start an ECS task', action: 'ecs:RunTask' }

/**
 * Asks ECS to start the ECS task of a launch, with the launch's token, until the answer is clear: it sends the same request again if
 * ECS throttled it, or if ECS may have done it.
 *
 * @throws NO_CAPACITY, ENGINE_FAILED if no clear answer came in time: ECS may have started an ECS task. An AbortError.
 */
export async function startTask(
  clients: AwsClients,
  launch: Launch,
  { until, signal, log }: Patience,
): Promise<LaunchOutcome> {
  const ecs = await clients.ecs(null)
  const request = {
    ...v.parse(runTaskRequest, launch.request),
    clientToken: clientTokenOf(launch.id, launch.number),
  }
  let logged = ''
  for (let attempt = 1; ; attempt++) {
    const answer = await resultOrFailure(() => ecs.runTask(request))
    if (!(answer instanceof AwsFailure)) {
      const [task] = answer.tasks ?? []
      if (task?.taskArn !== undefined) return { kind: 'started', arn: task.taskArn }
      const [failure] = answer.failures ?? []
      return notStarted(
        new AwsFailure({
          code: failure?.reason ?? 'no reason given',
          message: failure?.detail ?? '',
          status: 200,
        }),
      )
    }
    const kind = kindOf(answer)
    if (kind === 'refused' || kind === 'capacity') return notStarted(answer)
    const remainingMs = until - performance.now()
    if (remainingMs <= 0) throw explainFailure(DOING, answer)
    const why = answersWith(answer)
    if (why !== logged) log.info(`${why}; trying again until ${timeIn(remainingMs)}`)
    logged = why
    await backOff(attempt, signal, remainingMs)
  }
}

/** For example `ECS answers 503 (ServerException)`. */
const answersWith = ({ status, code }: AwsFailure): string =>
  status === null ? `ECS did not answer (${code})` : `ECS answered ${status} (${code})`

const timeIn = (ms: number): string => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`

/** The `failures` in an answer have other texts than errors: `RESOURCE:CPU`, `Capacity is unavailable at this time`. */
const NO_CAPACITY = /^RESOURCE|^CAPACITY|capacity|limit/i

function notStarted(failure: AwsFailure): LaunchOutcome {
  const lacksCapacity =
    kindOf(failure) === 'capacity' || (failure.status === 200 && NO_CAPACITY.test(failure.code))
  if (!lacksCapacity) return { kind: 'refused', error: explainFailure(DOING, failure) }
  const error = new BatchQueryError('NO_CAPACITY', `Cannot start an ECS task: ${failure.describe()}`, {
    hint:
      'Run again later, raise --timeout, name subnets in other availability zones, or raise ' +
      'the quota of Fargate.',
    cause: failure,
  })
  return { kind: 'no capacity', error }
}
