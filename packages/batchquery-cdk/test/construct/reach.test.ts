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

/** The ports of the rules between two groups, but for those of HTTPS to endpoints. */
const portsOf = (made: Template, type: string): unknown[] =>
  Object.values(made.findResources(type))
    .map(({ Properties }) => Properties.FromPort)
    .filter(port => port !== 443)

/** What is let out to any address, beside HTTPS. */
function portsToAnywhere(made: Template): unknown[] {
  const groups = Object.values(
    made.findResources('AWS::EC2::SecurityGroup', {
      Properties: { GroupDescription: 'batchquery: ECS tasks' },
    }),
  )
  const rules = groups.flatMap(({ Properties }) => Properties.SecurityGroupEgress)
  return rules.filter(({ FromPort }) => FromPort !== 443)
}

describe('GIVEN a database of another stack WHEN the app is synthesised', () => {
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

  test.each(databases)('%s THEN both rules stand in the stack of the tasks, on its port', (_, make, port) => {
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

describe('databases that were imported', () => {
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

  test('GIVEN security groups THEN they are opened on the ports of the databases, and nothing else is', () => {
    const made = given([GROUP])
    expect(portsOf(made, EGRESS)).toEqual([3307, 5433])
    for (const FromPort of [3307, 5433]) {
      made.hasResourceProperties(INGRESS, { GroupId: GROUP, FromPort, ToPort: FromPort })
      made.hasResourceProperties(EGRESS, { DestinationSecurityGroupId: GROUP, FromPort, ToPort: FromPort })
    }
    expect(portsToAnywhere(made)).toEqual([])
  })

  test('GIVEN none THEN the tasks are let out on those ports, and no other', () => {
    const made = given([])
    expect(portsOf(made, EGRESS)).toEqual([])
    expect(portsToAnywhere(made)).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 3307, ToPort: 3307, IpProtocol: 'tcp' }),
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 5433, ToPort: 5433, IpProtocol: 'tcp' }),
    ])
  })
})

describe('several databases behind one security group', () => {
  const endpoint = (stack: Stack, id: string, port?: number) =>
    fromEndpoint({
      dialect: 'mysql',
      host: 'db.example.com',
      resourceId: 'cluster-ABC',
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, id, GROUP),
      ...(port !== undefined && { port }),
    })

  test('GIVEN one port, and the group imported twice THEN it is opened once', () => {
    const stack = new Stack(newApp(), 'Test')
    new BatchQuery(stack, 'BatchQuery', { databases: { a: endpoint(stack, 'A'), b: endpoint(stack, 'B') } })
    const made = Template.fromStack(stack)
    for (const type of [INGRESS, EGRESS]) expect(portsOf(made, type)).toEqual([3306])
  })

  test('GIVEN two ports THEN it is opened on both', () => {
    const stack = new Stack(newApp(), 'Test')
    const databases = { a: endpoint(stack, 'A'), b: endpoint(stack, 'B', 3307) }
    new BatchQuery(stack, 'BatchQuery', { databases })
    const made = Template.fromStack(stack)
    for (const FromPort of [3306, 3307]) made.hasResourceProperties(INGRESS, { GroupId: GROUP, FromPort })
    expect(portsOf(made, EGRESS)).toEqual([3306, 3307])
  })

  test('GIVEN ports that only the deployment knows THEN those of one dialect are opened once, others besides', () => {
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
