import { Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { describe, expect, test } from 'vitest'
import { auroraMysql, BatchQuery } from '../../src/index.ts'
import { given, newApp } from './stacks.ts'

const ENDPOINT = 'AWS::EC2::VPCEndpoint'
const PRIVATE = { subnetType: SubnetType.PRIVATE_ISOLATED }

const vpcOf = (stack: Stack): Vpc =>
  new Vpc(stack, 'Vpc', {
    natGateways: 0,
    subnetConfiguration: [
      { name: 'a', ...PRIVATE },
      { name: 'b', ...PRIVATE },
    ],
  })

/** Route tables and names of the services, as often as they occur. */
function madeBy(...stacks: Stack[]) {
  const all = stacks.flatMap(stack => Object.values(Template.fromStack(stack).findResources(ENDPOINT)))
  return {
    routeTables: all
      .flatMap(({ Properties }) => Properties.RouteTableIds ?? [])
      .map(id => JSON.stringify(id)),
    services: all
      .filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')
      .map(({ Properties }) => Properties.ServiceName['Fn::Join'][1].at(-1)),
  }
}
const SERVICES = ['.ecr.api', '.ecr.dkr', '.logs']

test('endpoints belong to the stack that wants them when the VPC is part of another stack', () => {
  const app = newApp()
  const theirs = new Stack(app, 'Theirs')
  const vpc = vpcOf(theirs)
  const ours = new Stack(app, 'Ours')
  new BatchQuery(ours, 'BatchQuery', { vpc, subnets: PRIVATE, endpoints: true })
  expect(() => app.synth()).not.toThrow()
  expect(madeBy(ours).services.toSorted()).toEqual(SERVICES)
  Template.fromStack(ours).resourceCountIs(ENDPOINT, 4)
  Template.fromStack(theirs).resourceCountIs(ENDPOINT, 0)
})

test('the construct reuses the endpoints of a VPC, and opens their groups to the tasks', () => {
  const stack = new Stack(newApp(), 'Test')
  const vpc = vpcOf(stack)
  vpc.addGatewayEndpoint('S3Endpoint', { service: GatewayVpcEndpointAwsService.S3 })
  const service = InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS
  vpc.addInterfaceEndpoint('LogsEndpoint', { service, subnets: { subnetGroupName: 'a' }, open: false })
  new BatchQuery(stack, 'BatchQuery', { vpc, subnets: { subnetGroupName: 'a' }, endpoints: true })
  expect(madeBy(stack).services.toSorted()).toEqual(SERVICES)
  const made = Template.fromStack(stack)
  made.resourcePropertiesCountIs(ENDPOINT, { VpcEndpointType: 'Gateway' }, 1)
  made.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^VpcLogsEndpointSecurityGroup'), 'GroupId'] },
    FromPort: 443,
  })
})

test('two constructs of two stacks in one VPC create no second endpoint for a service or route table', () => {
  const app = newApp()
  const shared = new Stack(app, 'Shared')
  const vpc = vpcOf(shared)
  const stacks = ['a', 'b'].map(subnetGroupName => {
    const stack = new Stack(app, `Of-${subnetGroupName}`)
    new BatchQuery(stack, 'One', {
      name: subnetGroupName,
      vpc,
      subnets: { subnetGroupName },
      endpoints: true,
    })
    return stack
  })
  expect(() => app.synth()).not.toThrow()
  const { routeTables, services } = madeBy(...stacks)
  expect(services.toSorted()).toEqual(SERVICES)
  expect(new Set(routeTables).size).toBe(vpc.isolatedSubnets.length)
  expect(routeTables).toHaveLength(vpc.isolatedSubnets.length)
})

describe('the route of a created database to S3', () => {
  test.each([{ assignPublicIp: true }, { endpoints: false }])(
    'exists when the VPC is new and the props are %j',
    props => {
      const { template } = given({ ...props, databases: { main: auroraMysql() } })
      template().resourceCountIs(ENDPOINT, 1)
      template().hasResourceProperties(ENDPOINT, {
        VpcEndpointType: 'Gateway',
        RouteTableIds: [Match.anyValue(), Match.anyValue()],
      })
    },
  )

  test('the construct adds only requested endpoints when the VPC is imported', () => {
    const stack = new Stack(newApp(), 'Test')
    new BatchQuery(stack, 'BatchQuery', { vpc: vpcOf(stack), subnets: PRIVATE })
    Template.fromStack(stack).resourceCountIs(ENDPOINT, 0)
  })
})
