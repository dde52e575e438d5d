import { Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { InstanceClass, InstanceSize, InstanceType, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import {
  AuroraMysqlEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds'
import { describe, expect, test } from 'vitest'
import {
  BatchQuery,
  type BatchQueryDatabase,
  fromCluster,
  fromEndpoint,
  fromInstance,
} from '../../src/index.ts'
import { newApp } from './stacks.ts'

const GROUP = 'sg-0123456789abcdef0'
const INGRESS = 'AWS::EC2::SecurityGroupIngress'
const EGRESS = 'AWS::EC2::SecurityGroupEgress'

function clusterOf(stack: Stack, vpc: Vpc, id: string, groups?: SecurityGroup[]): DatabaseCluster {
  const engine = DatabaseClusterEngine.auroraMysql({ version: AuroraMysqlEngineVersion.VER_3_10_1 })
  const writer = ClusterInstance.serverlessV2('Writer')
  return new DatabaseCluster(stack, id, {
    engine,
    vpc,
    writer,
    iamAuthentication: true,
    ...(groups && { securityGroups: groups }),
  })
}

/** The ports of the rules between two groups, except HTTPS to endpoints. */
const portsOf = (made: Template, type: string): unknown[] =>
  Object.values(made.findResources(type))
    .map(({ Properties }) => Properties.FromPort)
    .filter(port => port !== 443)

/** The ports that are open to any address, except HTTPS. */
function portsToAnywhere(made: Template): unknown[] {
  const groups = Object.values(
    made.findResources('AWS::EC2::SecurityGroup', {
      Properties: { GroupDescription: 'batchquery: ECS tasks' },
    }),
  )
  const rules = groups.flatMap(({ Properties }) => Properties.SecurityGroupEgress)
  return rules.filter(({ FromPort }) => FromPort !== 443)
}

describe('a database of another stack', () => {
  const databases: [string, (stack: Stack, vpc: Vpc) => BatchQueryDatabase, string][] = [
    [
      'cluster',
      (stack, vpc) => fromCluster(clusterOf(stack, vpc, 'Db'), { dialect: 'mysql' }),
      'Endpoint.Port',
    ],
    [
      'instance',
      (stack, vpc) =>
        fromInstance(
          new DatabaseInstance(stack, 'Db', {
            vpc,
            engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_17_5 }),
            instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
            iamAuthentication: true,
            storageEncrypted: true,
          }),
          { dialect: 'postgres' },
        ),
      'Endpoint.Port',
    ],
    [
      'security group',
      (stack, vpc) =>
        fromEndpoint({
          dialect: 'mysql',
          host: 'db.example.com',
          resourceId: 'cluster-ABC',
          securityGroup: new SecurityGroup(stack, 'Db', { vpc }),
        }),
      '',
    ],
  ]

  test.each(databases)('(%s) gets both rules in the stack of the tasks, on its port', (_, make, port) => {
    const app = newApp()
    const theirs = new Stack(app, 'Theirs')
    const vpc = new Vpc(theirs, 'Vpc')
    const ours = new Stack(app, 'Ours')
    new BatchQuery(ours, 'BatchQuery', { vpc, databases: { main: make(theirs, vpc) } })
    expect(() => app.synth()).not.toThrow()
    const at = port === '' ? 3306 : { 'Fn::ImportValue': Match.stringLikeRegexp(port.replace('.', '')) }
    const made = Template.fromStack(ours)
    for (const type of [INGRESS, EGRESS]) {
      expect(portsOf(made, type)).toHaveLength(1)
      made.hasResourceProperties(type, { FromPort: at, ToPort: at, IpProtocol: 'tcp' })
      Template.fromStack(theirs).resourceCountIs(type, 0)
    }
    expect(portsToAnywhere(made)).toEqual([])
  })
})

describe('imported databases', () => {
  const given = (groups: readonly string[]) => {
    const stack = new Stack(newApp(), 'Test')
    const securityGroups = groups.map((id, at) => SecurityGroup.fromSecurityGroupId(stack, `G${at}`, id))
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'C', {
      clusterIdentifier: 'db01cl',
      clusterResourceIdentifier: 'cluster-ABC',
      clusterEndpointAddress: 'cluster.example.com',
      port: 3307,
      securityGroups,
    })
    const instance = DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'I', {
      instanceIdentifier: 'i',
      instanceResourceId: 'db-DEF',
      instanceEndpointAddress: 'instance.example.com',
      port: 5433,
      securityGroups,
    })
    const databases = {
      c: fromCluster(cluster, { dialect: 'mysql' }),
      i: fromInstance(instance, { dialect: 'postgres' }),
    }
    new BatchQuery(stack, 'BatchQuery', { databases })
    return Template.fromStack(stack)
  }

  test('have only their ports opened in their security groups', () => {
    const made = given([GROUP])
    expect(portsOf(made, EGRESS)).toEqual([3307, 5433])
    for (const FromPort of [3307, 5433]) {
      made.hasResourceProperties(INGRESS, { GroupId: GROUP, FromPort, ToPort: FromPort })
      made.hasResourceProperties(EGRESS, { DestinationSecurityGroupId: GROUP, FromPort, ToPort: FromPort })
    }
    expect(portsToAnywhere(made)).toEqual([])
  })

  test('have only their ports opened to any address when their security groups are unknown', () => {
    const made = given([])
    expect(portsOf(made, EGRESS)).toEqual([])
    expect(portsToAnywhere(made)).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 3307, ToPort: 3307, IpProtocol: 'tcp' }),
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 5433, ToPort: 5433, IpProtocol: 'tcp' }),
    ])
  })
})

describe('several databases with one security group', () => {
  const endpoint = (stack: Stack, id: string, port?: number) =>
    fromEndpoint({
      dialect: 'mysql',
      host: 'db.example.com',
      resourceId: 'cluster-ABC',
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, id, GROUP),
      ...(port !== undefined && { port }),
    })

  test('get one rule when they have one port and the group is imported twice', () => {
    const stack = new Stack(newApp(), 'Test')
    new BatchQuery(stack, 'BatchQuery', { databases: { a: endpoint(stack, 'A'), b: endpoint(stack, 'B') } })
    const made = Template.fromStack(stack)
    for (const type of [INGRESS, EGRESS]) expect(portsOf(made, type)).toEqual([3306])
  })

  test('get two rules when they have two ports', () => {
    const stack = new Stack(newApp(), 'Test')
    const databases = { a: endpoint(stack, 'A'), b: endpoint(stack, 'B', 3307) }
    new BatchQuery(stack, 'BatchQuery', { databases })
    const made = Template.fromStack(stack)
    for (const FromPort of [3306, 3307]) made.hasResourceProperties(INGRESS, { GroupId: GROUP, FromPort })
    expect(portsOf(made, EGRESS)).toEqual([3306, 3307])
  })

  test('get one rule per dialect when only the deployment knows their ports', () => {
    const stack = new Stack(newApp(), 'Test')
    const vpc = new Vpc(stack, 'Vpc')
    const group = new SecurityGroup(stack, 'Group', { vpc })
    const [a, b, c] = ['A', 'B', 'C'].map(id => clusterOf(stack, vpc, id, [group]))
    if (!(a && b && c)) throw new Error('three were made')
    const databases = {
      a: fromCluster(a, { dialect: 'mysql' }),
      b: fromCluster(b, { dialect: 'mysql' }),
      c: fromCluster(c, { dialect: 'postgres' }),
    }
    new BatchQuery(stack, 'BatchQuery', { vpc, databases })
    expect(portsOf(Template.fromStack(stack), EGRESS)).toHaveLength(2)
  })
})
