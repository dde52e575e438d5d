import { setTimeout } from 'node:timers/promises'
import type { Fault } from './ecs-server.ts'
import { type Answer, failed, ok } from './protocol.ts'

/** Replaces the answer to the next `times` calls of an action. */
function instead(action: string, times: number, answer: () => Answer): Fault {
  let remaining = times
  return async (call, proceed) => (call.action === action && remaining-- > 0 ? answer() : proceed())
}

/** Fails all following calls of an action. */
export const always = (action: string, name: string, message: string): Fault =>
  instead(action, Number.POSITIVE_INFINITY, () => failed(name, message))

export const CAPACITY =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone'

/** No capacity, reported as an exception. */
export const capacityException = (times: number): Fault =>
  instead('RunTask', times, () => failed('ClientException', CAPACITY))

/** No capacity, reported as a failure in a successful answer. */
export const capacityFailure = (times: number): Fault =>
  instead('RunTask', times, () => ok({ tasks: [], failures: [{ reason: CAPACITY }] }))

/** No Spot capacity, but some on demand. */
export const noSpot = (): Fault => async (call, proceed) =>
  call.action === 'RunTask' && call.input.launchType === undefined
    ? ok({ tasks: [], failures: [{ reason: CAPACITY }] })
    : proceed()

export const throttled = (action: string, times: number): Fault =>
  instead(action, times, () => failed('ThrottlingException', 'Rate exceeded'))

export const serverError = (action: string, times: number): Fault =>
  instead(action, times, () =>
    failed('ServerException', 'Service Unavailable. Please try again later.', {}, 500),
  )

/** The service acts, but its answer is lost. */
export function lostAnswer(action: string, times: number): Fault {
  let remaining = times
  return async (call, proceed) => {
    const answer = await proceed()
    return call.action === action && remaining-- > 0 ? { kind: 'lost' } : answer
  }
}

/** Delays each answer. */
export const slow =
  (action: string, ms: number): Fault =>
  async (call, proceed) => {
    if (call.action === action) await setTimeout(ms)
    return proceed()
  }

/** DescribeTasks does not know a task yet that RunTask has started. */
export const missingAtFirst = (times: number): Fault =>
  instead('DescribeTasks', times, () => ok({ tasks: [], failures: [{ arn: 'arn', reason: 'MISSING' }] }))

/** Tasks without containers, as they may appear right after RunTask. */
export function emptyContainers(times: number): Fault {
  let remaining = times
  return async (call, proceed) => {
    const answer = await proceed()
    if (call.action !== 'DescribeTasks' || answer.kind !== 'ok' || remaining-- <= 0) return answer
    const tasks = Array.isArray(answer.output.tasks) ? answer.output.tasks : []
    return ok({ ...answer.output, tasks: tasks.map(task => ({ ...task, containers: [] })) })
  }
}
