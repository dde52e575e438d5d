import { dirname } from 'node:path'
import { Annotations, type App, Stack } from 'aws-cdk-lib'
import { Subnet, Vpc } from 'aws-cdk-lib/aws-ec2'
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { BatchQuery } from '../construct/batch-query.ts'
import type { BatchQueryProps, BatchQuerySchedule } from '../construct/props.ts'
import type { AppConfig, StackConfig } from './config.ts'
import { databasesOf } from './databases.ts'
import { imageOf } from './image.ts'
import { receiversOf } from './notify.ts'
import { secretOf } from './secret.ts'

/** One stack, named `stack.name`, with everything that batchquery.yaml asks for. */
export function createStack(app: App, config: AppConfig): Stack {
  const { name } = config.stack
  const stack = new Stack(app, name, { description: `batchquery: ${name}` })
  new BatchQuery(stack, 'BatchQuery', propsOf(stack, config))
  return stack
}

function propsOf(scope: Construct, { path, bucket, notify, stack }: AppConfig): BatchQueryProps {
  const { name, assignPublicIp, endpoints, cpu, memory, notices, kmsKey, formerKmsKeys, image } = stack
  const cpuArchitecture = CpuArchitecture.of(stack.cpuArchitecture ?? 'X86_64')
  return {
    name,
    cpuArchitecture,
    ...(stack.ephemeralStorage !== undefined && { ephemeralStorageGiB: stack.ephemeralStorage }),
    ...(bucket !== undefined && { bucketName: bucket }),
    ...(assignPublicIp !== undefined && { assignPublicIp }),
    ...(endpoints !== undefined && { endpoints }),
    ...(stack.fanOut !== undefined && { fanOut: stack.fanOut }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memoryLimitMiB: memory }),
    ...(image !== undefined && { image: imageOf(scope, image, dirname(path), cpuArchitecture) }),
    ...(kmsKey !== undefined && { encryptionKey: Key.fromKeyArn(scope, 'Key', kmsKey) }),
    formerKeys: formerKmsKeys.map((arn, at) => Key.fromKeyArn(scope, `FormerKey-${at + 1}`, arn)),
    ...networkOf(scope, stack),
    databases: databasesOf(scope, stack),
    secrets: stack.secrets.map((secret, at) => {
      const { arn, kmsKey } = typeof secret === 'string' ? { arn: secret, kmsKey: undefined } : secret
      return secretOf(scope, `TaskSecret-${at + 1}`, arn, kmsKey)
    }),
    notify: receiversOf(scope, notify),
    schedules: schedulesOf(stack),
    ...(notices && { notices: notices.emails ? { emails: notices.emails } : {} }),
  }
}

const schedulesOf = ({ schedules }: StackConfig): Record<string, BatchQuerySchedule> =>
  Object.fromEntries(
    Object.entries(schedules).map(([name, { memory, ephemeralStorage, ...schedule }]) => [
      name,
      {
        ...schedule,
        ...(memory !== undefined && { memoryLimitMiB: memory }),
        ...(ephemeralStorage !== undefined && { ephemeralStorageGiB: ephemeralStorage }),
      },
    ]),
  )

/** From ids alone, because a look-up would need AWS during the synthesis. */
function networkOf(scope: Construct, { vpc }: StackConfig): Pick<BatchQueryProps, 'vpc' | 'subnets'> {
  if (vpc === undefined) return {}
  const { id: vpcId, availabilityZones, routeTables = [] } = vpc
  const subnets = vpc.subnets.map((subnetId, at) => {
    const routeTableId = routeTables[at] ?? routeTables[0]
    const attributes = { subnetId, ...(routeTableId !== undefined && { routeTableId }) }
    const subnet = Subnet.fromSubnetAttributes(scope, `Subnet-${subnetId}`, attributes)
    // Only endpoints need the route table. The file is refused if it asks for endpoints without one.
    Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId')
    return subnet
  })
  return { vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones }), subnets: { subnets } }
}
