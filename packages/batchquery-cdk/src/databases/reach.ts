import { Token } from 'aws-cdk-lib'
import {
  CfnSecurityGroupEgress,
  type ISecurityGroup,
  Peer,
  Port,
  Protocol,
  type SecurityGroup,
} from 'aws-cdk-lib/aws-ec2'
import type { ServerDialect } from './url.ts'

export interface Server {
  readonly dialect: ServerDialect
  readonly host: string
  /** May be known only on deployment. */
  readonly port: number
  /** Empty if they are unknown. */
  readonly securityGroups: readonly ISecurityGroup[]
}

/**
 * Lets the ECS tasks reach a server. The rules of both sides are in the stack of the tasks, because a server's stack
 * must not depend on this one, which depends on its address. If the server's groups are unknown, the tasks may
 * connect to its port at any address.
 */
export function reach(tasks: SecurityGroup, { dialect, host, port, securityGroups }: Server): void {
  const open = portOf(dialect, port)
  if (securityGroups.length === 0) tasks.addEgressRule(Peer.anyIpv4(), open, `to ${host}`)
  for (const group of securityGroups) if (!isOpen(tasks, group, port)) tasks.connections.allowTo(group, open)
}

/**
 * Whether this rule exists. The AWS CDK compares rules by construct, and one group may have several constructs. EC2
 * refuses equal rules.
 */
const isOpen = (tasks: SecurityGroup, { securityGroupId }: ISecurityGroup, port: number): boolean =>
  tasks.node.children.some(
    rule =>
      rule instanceof CfnSecurityGroupEgress &&
      rule.destinationSecurityGroupId === securityGroupId &&
      rule.fromPort === port,
  )

/**
 * Ports that only the deployment knows cannot be compared. For one group, such ports of one dialect count as equal,
 * because most are the default. The AWS CDK would treat all of them as equal.
 */
const portOf = (dialect: ServerDialect, port: number): Port =>
  Token.isUnresolved(port)
    ? new Port({
        protocol: Protocol.TCP,
        fromPort: port,
        toPort: port,
        stringRepresentation: `the port of ${dialect}`,
      })
    : Port.tcp(port)
