import type { Task } from '@aws-sdk/client-ecs'
import { BatchQueryError } from '../../errors/index.ts'
import { scheduledRunId } from '../../run/index.ts'
import { type AwsClients, requestPatiently } from './clients.ts'

/** The name of an ECS task, taken apart: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`. */
export interface EcsTaskName {
  readonly arn: string
  readonly region: string
  /** Name; null for an ARN of the short form, which has none. */
  readonly cluster: string | null
  readonly id: string
}

/** @throws ENGINE_FAILED for what is no such ARN: it may come from the store, where others write too */
export function parseTaskArn(arn: string): EcsTaskName {
  const [, region, cluster, id] =
    /^arn:[a-z-]+:ecs:([a-z0-9-]+):\d*:task\/(?:([\w-]{1,255})\/)?([\w-]{1,64})$/.exec(arn) ?? []
  if (region !== undefined && id !== undefined) return { arn, region, cluster: cluster ?? null, id }
  throw new BatchQueryError('ENGINE_FAILED', `${JSON.stringify(arn.slice(0, 200))} is no ECS task`, {
    hint: 'Somebody else than batchquery wrote this record. Run the task again as a new run.',
  })
}

/** An ECS task as DescribeTasks tells of it. */
export interface EcsTaskState {
  readonly name: EcsTaskName
  /** PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED, DELETED. */
  readonly status: string
  readonly stopCode: string | null
  readonly stoppedReason: string | null
  readonly stoppedAt: Date | null
  /** When the image began to be pulled, or the nearest that is known: from then on it is charged. */
  readonly chargedFrom: Date | null
  readonly cpu: number | null
  /** MiB. */
  readonly memory: number | null
  readonly architecture: 'X86_64' | 'ARM64'
  readonly isSpot: boolean
  readonly taskDefinition: string | null
  /** Of the run that it was started for: as it was told, by a schedule too, or its own id where it was told nothing. */
  readonly runId: string
  readonly container: ContainerState | null
}

/** The container of the runner. */
export interface ContainerState {
  readonly name: string
  /** Null where it never ran. */
  readonly exitCode: number | null
  readonly reason: string | null
}

export const hasStopped = ({ status }: EcsTaskState): boolean => status === 'STOPPED' || status === 'DELETED'

/**
 * Asks ECS for a task.
 *
 * @returns null where ECS does not know it: not yet, just after RunTask, or not any more, from an hour after its end
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
 * Stops the ECS task of a run. The ARN may come from the store: one that runs something else is left alone.
 *
 * @param reason shows as the task's stoppedReason; ECS takes 1,024 characters
 * @throws ENGINE_FAILED where it is not of this run; as `requestPatiently`
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
    throw new BatchQueryError('ENGINE_FAILED', `the ECS task ${name.id} is not that of run ${runId}`, {
      hint: 'Somebody has changed what the home bucket says of this run. Find its ECS task in the console.',
    })
  const ecs = await clients.ecs(name.region)
  const doing = { what: `stop the ECS task ${name.id}`, action: 'ecs:StopTask' }
  await requestPatiently(doing, () =>
    ecs.stopTask({ task: arn, reason, ...(name.cluster !== null && { cluster: name.cluster }) }),
  )
}

export function stateOf(name: EcsTaskName, task: Task): EcsTaskState {
  const overridden = task.overrides?.containerOverrides?.flatMap(({ environment = [] }) => environment) ?? []
  const told = Object.fromEntries(overridden.map(({ name, value }) => [name, value]))
  const named = new Set(task.overrides?.containerOverrides?.map(container => container.name))
  // RunTask overrides the command of the runner's container. Right after it there may be no containers in the answer.
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
    runId: told.BATCHQUERY_RUN_ID ?? scheduledRunId(told) ?? name.id,
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
