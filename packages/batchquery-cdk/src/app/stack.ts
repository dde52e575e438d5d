import { dirname, resolve } from 'node:path'
import { type App, Stack } from 'aws-cdk-lib'
import { type ISecurityGroup, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { ContainerImage } from 'aws-cdk-lib/aws-ecs'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { BatchQuery } from '../construct/batch-query.ts'
import type { BatchQueryProps } from '../construct/props.ts'
import { auroraMysql, auroraPostgres } from '../databases/created.ts'
import type { BatchQueryDatabase } from '../databases/database.ts'
import { fromEndpoint } from '../databases/imported.ts'
import type { AppConfig, DatabaseConfig, StackConfig } from './config.ts'

/** One stack, called as `stack.name` says, with what batchquery.yaml asks for. */
export function createStack(app: App, config: AppConfig): Stack {
  const name = config.stack.name ?? 'batchquery'
  const stack = new Stack(app, name, { description: `batchquery: ${name}` })
  new BatchQuery(stack, 'BatchQuery', propsOf(stack, config))
  return stack
}

function propsOf(scope: Construct, { path, bucket, stack }: AppConfig): BatchQueryProps {
  const { name, assignPublicIp, endpoints, cpu, memory, schedules, notices, kmsKey, image } = stack
  const groups = securityGroupsOf(scope, stack)
  return {
    ...(name !== undefined && { name }),
    ...(bucket !== undefined && { bucketName: bucket }),
    ...(assignPublicIp !== undefined && { assignPublicIp }),
    ...(endpoints !== undefined && { endpoints }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memoryLimitMiB: memory }),
    ...(image !== undefined && { image: imageOf(image, path) }),
    ...(kmsKey !== undefined && { encryptionKey: Key.fromKeyArn(scope, 'Key', kmsKey) }),
    ...networkOf(scope, stack),
    databases: Object.fromEntries(
      Object.entries(stack.databases).map(([id, database]) => [id, databaseOf(scope, id, database, groups)]),
    ),
    secrets: stack.secrets.map((arn, at) => Secret.fromSecretCompleteArn(scope, `TaskSecret-${at + 1}`, arn)),
    schedules,
    ...(notices && { notices: notices.emails ? { emails: notices.emails } : {} }),
  }
}

const imageOf = (image: string, path: string): ContainerImage =>
  image.startsWith('.')
    ? ContainerImage.fromAsset(resolve(dirname(path), image))
    : ContainerImage.fromRegistry(image)

/** By ids alone: a look-up would need AWS when it is synthesised. */
function networkOf(scope: Construct, { vpc }: StackConfig): Pick<BatchQueryProps, 'vpc' | 'subnets'> {
  if (vpc === undefined) return {}
  const { id: vpcId, availabilityZones, routeTables = [] } = vpc
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones }),
    subnets: {
      subnets: vpc.subnets.map((subnetId, at) => {
        const routeTableId = routeTables.length === 1 ? routeTables[0] : routeTables[at]
        return Subnet.fromSubnetAttributes(scope, `Subnet-${subnetId}`, {
          subnetId,
          ...(routeTableId !== undefined && { routeTableId }),
        })
      }),
    },
  }
}

/** By id, each once: several databases may stand behind one. */
function securityGroupsOf(scope: Construct, { databases }: StackConfig): ReadonlyMap<string, ISecurityGroup> {
  const ids = Object.values(databases).flatMap(config =>
    'securityGroup' in config ? (config.securityGroup ?? []) : [],
  )
  return new Map(
    [...new Set(ids)].map(id => [id, SecurityGroup.fromSecurityGroupId(scope, `SecurityGroup-${id}`, id)]),
  )
}

function databaseOf(
  scope: Construct,
  id: string,
  config: DatabaseConfig,
  groups: ReadonlyMap<string, ISecurityGroup>,
): BatchQueryDatabase {
  if ('create' in config) {
    const { create, ...props } = config
    return create === 'aurora-mysql' ? auroraMysql(props) : auroraPostgres(props)
  }
  const { secret, securityGroup: groupId, ...address } = config
  const securityGroup = groupId === undefined ? undefined : groups.get(groupId)
  return fromEndpoint({
    ...address,
    ...(secret !== undefined && { secret: Secret.fromSecretCompleteArn(scope, `Secret-${id}`, secret) }),
    ...(securityGroup !== undefined && { securityGroup }),
  })
}
