import { type App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { InstanceType, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import {
  AuroraMysqlEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
} from 'aws-cdk-lib/aws-rds'
import { expect, test } from 'vitest'
import { BatchQuery, fromCluster, fromEndpoint, fromInstance } from '../../src/index.ts'
import { newApp } from './stacks.ts'

function given(app: App) {
  const stack = new Stack(app, 'Databases')
  const vpc = new Vpc(stack, 'Vpc', { natGateways: 0 })
  const vpcSubnets = { subnets: vpc.isolatedSubnets }
  return { vpc, vpcSubnets, stack, ours: new Stack(app, 'Ours') }
}

test('GIVEN databases of another stack THEN the rules for both ends are ours, with the ports that they have', () => {
  const { stack, ours, vpc, vpcSubnets } = given(newApp())
  const cluster = new DatabaseCluster(stack, 'Cluster', {
    engine: DatabaseClusterEngine.auroraMysql({ version: AuroraMysqlEngineVersion.VER_3_10_1 }),
    writer: ClusterInstance.serverlessV2('Writer'),
    iamAuthentication: true,
    port: 3307,
    vpc,
    vpcSubnets,
  })
  const instance = new DatabaseInstance(stack, 'Instance', {
    engine: DatabaseInstanceEngine.POSTGRES,
    instanceType: new InstanceType('t4g.micro'),
    storageEncrypted: true,
    iamAuthentication: true,
    vpc,
    vpcSubnets,
  })
  const securityGroup = new SecurityGroup(stack, 'Group', { vpc })
  new BatchQuery(ours, 'BatchQuery', {
    vpc,
    databases: {
      cluster: fromCluster(cluster, { dialect: 'mysql' }),
      instance: fromInstance(instance, { dialect: 'postgres' }),
      address: fromEndpoint({ dialect: 'postgres', host: 'db', resourceId: 'db-A', securityGroup }),
    },
  })
  const made = Template.fromStack(ours)
  const ports = (kind: string) =>
    Object.values(made.findResources(`AWS::EC2::SecurityGroup${kind}`)).map(({ Properties }) =>
      JSON.stringify(Properties.FromPort).replace(/.*(Cluster|Instance).*/, '$1'),
    )
  expect(ports('Ingress').toSorted()).toEqual(['5432', 'Cluster', 'Instance'])
  expect(ports('Egress').toSorted()).toEqual(ports('Ingress').toSorted())
})

test('GIVEN a network of another stack, which has an endpoint of a like name THEN endpoints are made all the same', () => {
  const { stack, ours, vpc } = given(newApp())
  new SecurityGroup(stack, 'S3Endpoint', { vpc }).connections.allowInternally(Port.tcp(1))
  new BatchQuery(ours, 'BatchQuery', { vpc, endpoints: true, subnets: { subnets: vpc.isolatedSubnets } })
  Template.fromStack(ours).resourceCountIs('AWS::EC2::VPCEndpoint', 4)
  Template.fromStack(stack).resourceCountIs('AWS::EC2::VPCEndpoint', 0)
})
