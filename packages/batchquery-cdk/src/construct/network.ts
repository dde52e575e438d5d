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

/** The network of the ECS tasks. */
export interface Network {
  readonly vpc: IVpc
  readonly subnets: SubnetSelection
  /**
   * The security group of the ECS tasks. It admits no traffic in, and lets out HTTPS and connections to the
   * databases.
   */
  readonly tasks: SecurityGroup
  readonly assignPublicIp: boolean
  /** Whether this construct creates the VPC. */
  readonly isNew: boolean
  /** Whether the only way out leads through endpoints of AWS services. */
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
  explainRule(vpc, 'VPC7', 'flow logs cost money per gigabyte; pass a vpc that has them if you want them')
  return vpc
}
