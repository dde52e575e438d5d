import type { Task } from '@aws-sdk/client-ecs'
import { BatchQueryError } from '../../errors/index.ts'
import { scheduledRunId } from '../../run/index.ts'
import { type AwsClients, requestPatiently } from './clients.ts'

/** The parts of an ECS task's ARN: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`. */
export interface EcsTaskName {
  readonly arn: string
  readonly region: string
  /** The name; null for an ARN of the short form, which has none. */
  readonly cluster: string | null
  readonly id: string
}

/** @throws ENGINE_FAILED for a text that is not such an ARN: it may come from the store, where other programs write too */
export function parseTaskArn(arn: string): EcsTaskName {
  const [, region, cluster, id] =
    /^arn:[a-z-]+:ecs:([a-z0-9-]+):\d*:task\/(?:([\w-]{1,255})\/)?([\w-]{1,64})$/.exec(arn) ?? []
  if (region !== undefined && id !== undefined) return { arn, region, cluster: cluster ?? null, id }
  throw new BatchQueryError('ENGINE_FAILED', `${JSON.stringify(arn.slice(0, 200))} is not an ECS task`, {
    hint: 'Run the task again as a new run. A program other than batchquery wrote this record.',
  })
}

/** An ECS task as DescribeTasks reports it. */
export interface EcsTaskState {
  readonly name: EcsTaskName
  /** PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED, DELETED. */
  readonly status: string
  readonly stopCode: string | null
  readonly stoppedReason: string | null
  readonly stoppedAt: Date | null
  /** When ECS began to pull the image, which is when it begins to charge, or the nearest known time. */
  readonly chargedFrom: Date | null
  readonly cpu: number | null
  /** MiB. */
  readonly memory: number | null
  readonly architecture: 'X86_64' | 'ARM64'
  readonly isSpot: boolean
  readonly taskDefinition: string | null
  /** The id of its run: from its variables, also those of a schedule, or the ECS task's own id if there are none. */
  readonly runId: string
  readonly container: ContainerState | null
}

/** The container of the runner. */
export interface ContainerState {
  readonly name: string
  /** Null if it never ran, or still runs. */
  readonly exitCode: number | null
  readonly reason: string | null
}

export const hasStopped = ({ status }: EcsTaskState): boolean => status === 'STOPPED' || status === 'DELETED'

/**
 * Asks ECS for a task.
 *
 * @returns null if ECS does not know the task: just after RunTask, or an hour after its end
 * @throws as `requestPatiently`
 */
export async function describeTask(clients: AwsClients, arn: string): Promise<EcsTaskState | null> {
  const name = parseTaskArn(arn)
  const ecs = await clients.ecs(name.region)
  const doing = { what: `look at the ECS task ${name.id}`, action: 'ecs:DescribeTasks' }
  const { tasks = [] } = await requestPatiently(doing, () =>
    ecs.describeTasks({ tasks: [arn], ...(name.cluster !== null && { cluster: name.cluster }) }),
  )
  const [task] = tasks
  return task === undefined ? null : stateOf(name, task)
}

/**
 * Stops the ECS task of a run. The ARN may come from the store, so an ECS task that runs something else is not stopped.
 *
 * @param reason becomes the stoppedReason of the ECS task; at most 1,024 characters
 * @throws ENGINE_FAILED if the ECS task belongs to another run; as `requestPatiently`
 */
export async function stopTask(
  clients: AwsClients,
  arn: string,
  runId: string,
  reason: string,
): Promise<void> {
  const name = parseTaskArn(arn)
  const state = await describeTask(clients, arn)
  if (state !== null && state.runId !== runId)
    throw new BatchQueryError('ENGINE_FAILED', `the ECS task ${name.id} does not belong to run ${runId}`, {
      hint: 'Find the ECS task of the run in the console. Another program has changed the objects of this run in the home bucket.',
    })
  const ecs = await clients.ecs(name.region)
  const doing = { what: `stop the ECS task ${name.id}`, action: 'ecs:StopTask' }
  await requestPatiently(doing, () =>
    ecs.stopTask({ task: arn, reason, ...(name.cluster !== null && { cluster: name.cluster }) }),
  )
}

export function stateOf(name: EcsTaskName, task: Task): EcsTaskState {
  const overridden = task.overrides?.containerOverrides?.flatMap(({ environment = [] }) => environment) ?? []
  const variables = Object.fromEntries(overridden.map(({ name, value }) => [name, value]))
  const named = new Set(task.overrides?.containerOverrides?.map(container => container.name))
  // RunTask overrides the command of the runner's container. Right after RunTask the answer may have no containers.
  const container = task.containers?.find(each => named.has(each.name)) ?? task.containers?.[0]
  return {
    name,
    status: task.lastStatus ?? 'PROVISIONING',
    stopCode: task.stopCode ?? null,
    stoppedReason: task.stoppedReason ?? null,
    stoppedAt: task.stoppedAt ?? null,
    chargedFrom: task.pullStartedAt ?? task.startedAt ?? null,
    cpu: numberOf(task.cpu),
    memory: numberOf(task.memory),
    architecture: task.attributes?.some(({ value }) => value === 'arm64') ? 'ARM64' : 'X86_64',
    isSpot: task.capacityProviderName === 'FARGATE_SPOT',
    taskDefinition: task.taskDefinitionArn ?? null,
    runId: variables.BATCHQUERY_RUN_ID ?? scheduledRunId(variables) ?? name.id,
    container:
      container === undefined
        ? null
        : {
            name: container.name ?? '',
            exitCode: container.exitCode ?? null,
            reason: container.reason ?? null,
          },
  }
}

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text))
