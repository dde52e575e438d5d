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
  /** May be known on deployment alone. */
  readonly port: number
  /** Empty where they are not known. */
  readonly securityGroups: readonly ISecurityGroup[]
}

/**
 * Lets the ECS tasks reach a server. The rules of both sides stand in the stack of the tasks: a server of another stack must not
 * need this one, which needs its address. Where the server's groups are not known, the tasks are let out on its port.
 */
export function reach(tasks: SecurityGroup, { dialect, host, port, securityGroups }: Server): void {
  const open = portOf(dialect, port)
  if (securityGroups.length === 0) tasks.addEgressRule(Peer.anyIpv4(), open, `to ${host}`)
  for (const group of securityGroups) if (!isOpen(tasks, group, port)) tasks.connections.allowTo(group, open)
}

/** The AWS CDK tells rules apart by its constructs, of which one group may have several; EC2 refuses the second of equal rules. */
const isOpen = (tasks: SecurityGroup, { securityGroupId }: ISecurityGroup, port: number): boolean =>
  tasks.node.children.some(
    rule =>
      rule instanceof CfnSecurityGroupEgress &&
      rule.destinationSecurityGroupId === securityGroupId &&
      rule.fromPort === port,
  )

/**
 * Ports that are known on deployment alone cannot be compared. To one group, those of one dialect count as equal: most are the
 * default. The AWS CDK would take all of them for one.
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
