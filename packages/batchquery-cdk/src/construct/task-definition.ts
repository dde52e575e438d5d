import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import {
  AwsLogDriverMode,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs'
import type { Role } from 'aws-cdk-lib/aws-iam'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { DEFAULT_CPU, DEFAULT_MEMORY, sizeFault } from '../rules/sizes.ts'
import type { BatchQueryProps } from './props.ts'
import { explainRule } from './reasons.ts'

/** The container's name, which RunTask uses for overrides. */
export const CONTAINER = 'batchquery'
/** Fargate's maximum. A runner that must stop takes up to 25 s to finish its publication. */
const STOP_SECONDS = 120

export interface TaskDefinitionParts {
  readonly taskRole: Role
  readonly executionRole: Role
  readonly logGroup: LogGroup
  readonly environment: Record<string, string>
}

/** The runner in its image: read-only except for /tmp, and without dropped log lines. */
export function createTaskDefinition(
  scope: Construct,
  name: string,
  props: BatchQueryProps,
  { taskRole, executionRole, logGroup, environment }: TaskDefinitionParts,
): FargateTaskDefinition {
  const definition = new FargateTaskDefinition(scope, 'TaskDefinition', {
    family: name,
    ...sizeOf(props),
    ...(props.ephemeralStorageGiB !== undefined && { ephemeralStorageGiB: props.ephemeralStorageGiB }),
    runtimePlatform: {
      cpuArchitecture: props.cpuArchitecture ?? CpuArchitecture.X86_64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
    taskRole,
    executionRole,
    volumes: [{ name: 'tmp' }],
  })
  const container = definition.addContainer('Container', {
    containerName: CONTAINER,
    image: props.image ?? ownImage(scope, name),
    readonlyRootFilesystem: true,
    stopTimeout: Duration.seconds(STOP_SECONDS),
    environment,
    // By default, a full buffer drops lines.
    logging: LogDrivers.awsLogs({ streamPrefix: name, logGroup, mode: AwsLogDriverMode.BLOCKING }),
  })
  // Otherwise CloudFormation deregisters a revision once there is a newer one, although a user may have pinned it.
  definition.applyRemovalPolicy(RemovalPolicy.RETAIN)
  explainRule(definition, 'ECS2', 'names, and URLs without passwords')
  container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false })
  return definition
}

/** @throws if Fargate has no such size */
export function sizeOf({ cpu = DEFAULT_CPU, memoryLimitMiB = DEFAULT_MEMORY }: Partial<Size>): Size {
  const fault = sizeFault(cpu, memoryLimitMiB)
  if (fault === null) return { cpu, memoryLimitMiB }
  throw new Error(`${fault.key === 'cpu' ? 'cpu' : 'memoryLimitMiB'}: ${fault.why}.`)
}

/** The size of an ECS task. */
export interface Size {
  /** CPU units, 1024 per vCPU. */
  readonly cpu: number
  readonly memoryLimitMiB: number
}

function ownImage(scope: Construct, name: string): ContainerImage {
  const repository = Repository.fromRepositoryAttributes(scope, 'Repository', {
    repositoryName: name,
    repositoryArn: Stack.of(scope).formatArn({ service: 'ecr', resource: 'repository', resourceName: name }),
  })
  return ContainerImage.fromEcrRepository(repository, 'latest')
}
