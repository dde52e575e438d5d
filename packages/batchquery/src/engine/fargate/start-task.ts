import * as v from 'valibot'
import { AwsFailure } from '../../aws/index.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Log } from '../../platform/index.ts'
import type { Launch } from '../../run/index.ts'
import { backOff } from './back-off.ts'
import { type AwsClients, resultOrFailure } from './clients.ts'
import { explainFailure, kindOf } from './ecs-errors.ts'
import { clientTokenOf, runTaskRequest } from './run-task-request.ts'

/** How a launch went. */
export type LaunchOutcome =
  | { readonly kind: 'started'; readonly arn: string }
  /** Nothing was started, for want of room; something may be later. */
  | { readonly kind: 'no room'; readonly error: BatchQueryError }
  /** Nothing was started. */
  | { readonly kind: 'refused'; readonly error: BatchQueryError }

/** Until when, and what ends the waiting before. */
export interface Patience {
  /** By `performance.now()`. */
  readonly until: number
  readonly signal: AbortSignal
  /** Hears why it is tried again, once for each reason. */
  readonly log: Log
}

const DOING = { what: 'start an ECS task', action: 'ecs:RunTask' }

/**
 * Asks ECS to start the task of a launch, with the launch's token, until there is a clear answer: the same request is sent
 * again where it was throttled, and where nobody knows whether it was done.
 *
 * @throws NO_CAPACITY, ENGINE_FAILED where no answer came in time: an ECS task may have been started. An AbortError.
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
  let told = ''
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
    if (why !== told) log.info(`${why}; trying again until ${timeIn(remainingMs)}`)
    told = why
    await backOff(attempt, signal, remainingMs)
  }
}

/** As in `ECS answers 503 (ServerException)`. */
const answersWith = ({ status, code }: AwsFailure): string =>
  status === null ? `ECS does not answer (${code})` : `ECS answers ${status} (${code})`

const timeIn = (ms: number): string => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`

/** `failures` in an answer are words of their own: `RESOURCE:CPU`, `Capacity is unavailable at this time`. */
const NO_ROOM = /^RESOURCE|^CAPACITY|capacity|limit/i

function notStarted(failure: AwsFailure): LaunchOutcome {
  const hasNoRoom = kindOf(failure) === 'capacity' || (failure.status === 200 && NO_ROOM.test(failure.code))
  if (!hasNoRoom) return { kind: 'refused', error: explainFailure(DOING, failure) }
  const error = new BatchQueryError('NO_CAPACITY', `Cannot start an ECS task: ${failure.describe()}`, {
    hint:
      'Run again later, give it longer with --timeout, name subnets in other availability zones, or raise ' +
      'the quota of Fargate.',
    cause: failure,
  })
  return { kind: 'no room', error }
}
