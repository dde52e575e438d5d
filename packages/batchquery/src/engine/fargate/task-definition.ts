import { BatchQueryError } from '../../errors/index.ts'
import { type AwsClients, requestPatiently } from './clients.ts'
import type { TaskSize } from './size.ts'

/** The parts of a task definition that the engine uses. */
export interface RunnerDefinition {
  readonly status: string
  readonly containers: readonly ContainerLogs[]
  readonly size: TaskSize | null
}

/** A container, and its log in CloudWatch Logs. */
export interface ContainerLogs {
  readonly name: string
  /** Null if its log goes elsewhere. */
  readonly logs: LogsPlace | null
}

export interface LogsPlace {
  readonly group: string
  /** Null for the region of the ECS task. */
  readonly region: string | null
  readonly streamPrefix: string
}

/** @throws as `requestPatiently` */
export async function describeDefinition(
  clients: AwsClients,
  region: string | null,
  taskDefinition: string,
): Promise<RunnerDefinition> {
  const ecs = await clients.ecs(region)
  const doing = {
    what: `look at the task definition ${taskDefinition}`,
    action: 'ecs:DescribeTaskDefinition',
  }
  const { taskDefinition: found } = await requestPatiently(doing, () =>
    ecs.describeTaskDefinition({ taskDefinition }),
  )
  const { status = 'ACTIVE', containerDefinitions = [], cpu, memory } = found ?? {}
  return {
    status,
    containers: containerDefinitions.map(({ name = '', logConfiguration }) => ({
      name,
      logs: logConfiguration?.logDriver === 'awslogs' ? placeOf(logConfiguration.options ?? {}) : null,
    })),
    size: cpu === undefined || memory === undefined ? null : { cpu: Number(cpu), memory: Number(memory) },
  }
}

function placeOf(options: Record<string, string>): LogsPlace | null {
  const group = options['awslogs-group']
  const streamPrefix = options['awslogs-stream-prefix']
  // Without a prefix only Docker knows the name of the stream. Fargate requires a prefix.
  if (group === undefined || streamPrefix === undefined) return null
  return { group, region: options['awslogs-region'] ?? null, streamPrefix }
}

const DEFAULT_CONTAINER = 'batchquery'

/**
 * Returns the container that the runner is in.
 *
 * @param named the configured name
 * @param definition null without the right to read it
 * @throws CONFIG
 */
export function chooseContainer(
  named: string | undefined,
  taskDefinition: string,
  definition: RunnerDefinition | null,
): string {
  const names = definition?.containers.map(({ name }) => name) ?? []
  const [only] = names.length === 1 ? names : []
  const chosen = named ?? only ?? DEFAULT_CONTAINER
  if (definition === null || names.includes(chosen)) return chosen
  throw new BatchQueryError('CONFIG', `the task definition ${taskDefinition} has no container ${chosen}`, {
    hint: `Name one of its containers as \`fargate.container\` in batchquery.yaml: ${names.join(', ')}.`,
  })
}

/** @throws CONFIG */
export function checkActive(taskDefinition: string, { status }: RunnerDefinition): void {
  if (status === 'ACTIVE') return
  throw new BatchQueryError('CONFIG', `the task definition ${taskDefinition} is ${status}`, {
    hint: 'Register it again, or name an ACTIVE revision as `fargate.taskDefinition` in batchquery.yaml.',
  })
}
