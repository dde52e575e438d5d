import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import type { FargateSettings } from '../../config/index.ts'
import { launchName } from '../../run/index.ts'
import type { TaskSize } from './size.ts'

const variable = v.object({ name: v.string(), value: v.string() })
const provider = v.object({ capacityProvider: v.literal('FARGATE_SPOT'), weight: v.number() })

/** The request to RunTask without the token. A launch stores it, so that exactly the same request can be sent again. */
export const runTaskRequest = v.object({
  cluster: v.string(),
  taskDefinition: v.string(),
  count: v.literal(1),
  launchType: v.optional(v.literal('FARGATE')),
  capacityProviderStrategy: v.optional(v.array(provider)),
  platformVersion: v.optional(v.string()),
  networkConfiguration: v.object({
    awsvpcConfiguration: v.object({
      subnets: v.array(v.string()),
      securityGroups: v.optional(v.array(v.string())),
      assignPublicIp: v.picklist(['ENABLED', 'DISABLED']),
    }),
  }),
  // Strict: a request from the store that names another role for the ECS task must be refused.
  overrides: v.strictObject({
    containerOverrides: v.array(
      v.strictObject({ name: v.string(), command: v.array(v.string()), environment: v.array(variable) }),
    ),
    cpu: v.optional(v.string()),
    memory: v.optional(v.string()),
    ephemeralStorage: v.optional(v.object({ sizeInGiB: v.number() })),
  }),
  startedBy: v.string(),
  tags: v.array(v.object({ key: v.string(), value: v.string() })),
})

export type RunTaskRequest = v.InferOutput<typeof runTaskRequest>

/** The characters of the overrides, as JSON, that ECS accepts. */
const MOST_OVERRIDES = 8_192

export interface RequestParts {
  readonly settings: FargateSettings
  readonly container: string
  readonly size: TaskSize | null
  readonly spot: boolean
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

export function buildRequest(id: string, parts: RequestParts): RunTaskRequest {
  const { settings, container, size, spot, command, environment } = parts
  const { cluster, taskDefinition, subnets, securityGroups, assignPublicIp, platformVersion, tags } = settings
  const { ephemeralStorage: sizeInGiB } = settings
  return {
    cluster,
    taskDefinition,
    count: 1,
    // Only a strategy can request Spot. With a weight of 0, the default of the API, it would request none.
    ...(spot
      ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }
      : { launchType: 'FARGATE' }),
    ...(platformVersion !== undefined && { platformVersion }),
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets,
        ...(securityGroups !== undefined && { securityGroups }),
        assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
    overrides: {
      containerOverrides: [
        {
          name: container,
          command: [...command],
          environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
        },
      ],
      ...(size !== null && { cpu: String(size.cpu), memory: String(size.memory) }),
      ...(sizeInGiB !== undefined && { ephemeralStorage: { sizeInGiB } }),
    },
    // ECS accepts no dots here.
    startedBy: `batchquery/${id.replaceAll('.', '_')}`,
    tags: Object.entries({ ...tags, 'batchquery:run': id }).map(([key, value]) => ({ key, value })),
  }
}

export const isTooLong = ({ overrides }: RunTaskRequest): boolean =>
  JSON.stringify(overrides).length > MOST_OVERRIDES

/** The same launch always has the same token: however often it is sent, it starts one ECS task. */
export const clientTokenOf = (id: string, launch: number): string =>
  createHash('sha256')
    .update(`${id}/${launchName(launch)}`)
    .digest('hex')

/** Two processes that follow a run may show it differently, and only the later one may know that an ECS task has ended. */
const NOT_THE_RUN = new Set(['BATCHQUERY_TALK', 'BATCHQUERY_PROGRESS', 'BATCHQUERY_ENDED_TASK'])

/**
 * Whether a request from the store starts the same runner in the same place as our own request. Another user who may write to the
 * bucket must not choose what is started with our rights, or in which network. Spot may differ: if there was no capacity, the next
 * launch is on demand.
 */
export function asksTheSame(stored: unknown, own: RunTaskRequest): boolean {
  const { success, output } = v.safeParse(runTaskRequest, stored)
  return success && isDeepStrictEqual(startedPart(output), startedPart(own))
}

const startedPart = ({
  launchType,
  capacityProviderStrategy,
  overrides: { containerOverrides, ...size },
  ...request
}: RunTaskRequest) => ({
  ...request,
  size,
  containers: containerOverrides.map(({ name, command, environment }) => ({
    name,
    command,
    environment: environment.filter(variable => !NOT_THE_RUN.has(variable.name)),
  })),
})
