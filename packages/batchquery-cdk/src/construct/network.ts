import {
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'
import type { BatchQueryProps } from './props.ts'
import { explainRule } from './reasons.ts'

/** Where ECS tasks run. */
export interface Network {
  readonly vpc: IVpc
  readonly subnets: SubnetSelection
  /** Of the ECS tasks: nothing comes in; what goes out is HTTPS and the databases. */
  readonly tasks: SecurityGroup
  readonly assignPublicIp: boolean
  /** Whether the VPC is made here. */
  readonly isNew: boolean
  /** Whether the only way out is by endpoints of AWS services. */
  readonly isClosed: boolean
}

export function createNetwork(scope: Construct, name: string, props: BatchQueryProps): Network {
  const assignPublicIp = props.assignPublicIp ?? false
  const subnetType = assignPublicIp ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED
  const vpc = props.vpc ?? createVpc(scope, name, subnetType)
  const given = assignPublicIp ? { subnetType } : {}
  const subnets = props.subnets ?? (props.vpc ? given : { subnetType })
  const tasks = new SecurityGroup(scope, 'TaskSecurityGroup', {
    vpc,
    description: 'batchquery: ECS tasks',
    allowAllOutbound: false,
  })
  tasks.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services')
  const isNew = props.vpc === undefined
  return { vpc, subnets, tasks, assignPublicIp, isNew, isClosed: isNew && !assignPublicIp }
}

function createVpc(scope: Construct, name: string, subnetType: SubnetType): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    vpcName: name,
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
    maxAzs: 2,
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: 'tasks', subnetType, cidrMask: 20 }],
  })
  explainRule(vpc, 'VPC7', 'flow logs are paid by the gigabyte; whoever wants them gives a vpc that has them')
  return vpc
}
