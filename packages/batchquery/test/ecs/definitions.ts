import type { Image } from './container.ts'

export interface TaskDefinition {
  readonly family: string
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  readonly container: string
  readonly image: Image
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly stopTimeoutMs: number
  /** The group of its log. Null for none. */
  readonly logGroup: string | null
  /** More or other members of DescribeTaskDefinition's answer. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly containerMembers?: Readonly<Record<string, unknown>>
}

export const ACCOUNT = '123456789012'

export const definitionArn = (region: string, { family }: TaskDefinition): string =>
  `arn:aws:ecs:${region}:${ACCOUNT}:task-definition/${family}:1`

/** The answer of DescribeTaskDefinition. */
export function describeDefinition(region: string, definition: TaskDefinition): Record<string, unknown> {
  const { family, status, cpu, memory, container, environment, logGroup, stopTimeoutMs } = definition
  return {
    taskDefinitionArn: definitionArn(region, definition),
    family,
    revision: 1,
    status,
    cpu: String(cpu),
    memory: String(memory),
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    taskRoleArn: `arn:aws:iam::${ACCOUNT}:role/batchquery-taskrole`,
    executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/batchquery-execution`,
    containerDefinitions: [
      {
        name: container,
        image: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/batchquery:latest`,
        essential: true,
        stopTimeout: stopTimeoutMs / 1000,
        readonlyRootFilesystem: true,
        environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        ...(logGroup !== null && {
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': logGroup,
              'awslogs-region': region,
              'awslogs-stream-prefix': 'task',
              mode: 'blocking',
            },
          },
        }),
        ...definition.containerMembers,
      },
    ],
    ...definition.members,
  }
}
