import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { templateOf } from './template.ts'

describe('GIVEN two databases behind one security group', () => {
  const made = () =>
    templateOf(`
stack:
  databases:
    a: { dialect: mysql, host: a.example.com, resourceId: cluster-A, securityGroup: sg-0123456789abcdef0 }
    b: { dialect: mysql, host: b.example.com, resourceId: cluster-B, securityGroup: sg-0123456789abcdef0 }
    c: { dialect: postgres, host: c.example.com, resourceId: cluster-C, securityGroup: sg-0123456789abcdef0 }
    d: { dialect: mysql, host: d.example.com, resourceId: cluster-D, securityGroup: sg-0123456789abcdef2 }
`)

  test('THEN a rule is made once for each group and port: EC2 refuses the second of equal ones', () => {
    const template = made()
    // And one to the endpoints.
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 4)
    for (const [group, port] of [
      ['sg-0123456789abcdef0', 3306],
      ['sg-0123456789abcdef0', 5432],
      ['sg-0123456789abcdef2', 3306],
    ] as const)
      template.resourcePropertiesCountIs(
        'AWS::EC2::SecurityGroupIngress',
        Match.objectLike({ GroupId: group, FromPort: port, ToPort: port }),
        1,
      )
  })
})

describe('endpoints in a vpc of the file', () => {
  const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1']
  const tables = ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1']
  const made = (routeTables?: readonly string[], endpoints = true) => {
    const vpc = {
      id: 'vpc-0123456789abcdef0',
      subnets,
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      routeTables,
    }
    return templateOf(JSON.stringify({ stack: { vpc, endpoints } }))
  }

  test.each([
    ['one for each subnet', tables, tables],
    ['one for all', tables.slice(0, 1), tables.slice(0, 1)],
  ])(
    'GIVEN route tables, %s THEN the way to S3 is written there, and services are in its subnets',
    (_, given, told) => {
      const template = made(given)
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        VpcEndpointType: 'Gateway',
        RouteTableIds: told,
      })
      template.resourcePropertiesCountIs(
        'AWS::EC2::VPCEndpoint',
        { VpcEndpointType: 'Interface', SubnetIds: subnets },
        3,
      )
    },
  )

  test('GIVEN none THEN it is refused with the key that is missing', () => {
    expect(() => made()).toThrow(/stack: endpoints: true .*vpc\.routeTables/)
  })

  test.each([[[]], [[...tables, 'rtb-0123456789abcdef2']]])('GIVEN %j THEN it is refused', given => {
    expect(() => made(given)).toThrow(/stack\.vpc: routeTables has one for each/)
  })

  test('GIVEN what is no route table THEN it is refused', () => {
    expect(() => made(['subnet-0123456789abcdef0'])).toThrow(/rtb-/)
  })

  test('GIVEN no endpoints THEN none are made, with and without route tables', () => {
    for (const given of [undefined, tables]) made(given, false).resourceCountIs('AWS::EC2::VPCEndpoint', 0)
  })
})

test('GIVEN keys THEN the bucket has one, a created database its own, and what former ones encrypt can be read', () => {
  const arn = (last: number) =>
    `arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-00000000000${last}`
  const template = templateOf(`
stack:
  kmsKey: ${arn(1)}
  formerKmsKeys: ["${arn(2)}"]
  databases: { made: { create: aurora-postgres, storageKey: "${arn(3)}" } }
`)
  template.hasResourceProperties('AWS::RDS::DBCluster', { KmsKeyId: arn(3) })
  expect(JSON.stringify(template.findResources('AWS::S3::Bucket'))).toContain(arn(1))
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt', Resource: arn(2) })]),
    },
  })
})

test('a bucket that a variable would name is refused: nothing is filled in here', () => {
  expect(() => templateOf(`bucket: \${BUCKET}\nstack: {}`)).toThrow(/bucket: no variables are filled in here/)
})

test('a schedule of SQL takes no arguments, one of a script does', () => {
  const made = (task: string) =>
    templateOf(`stack: { schedules: { nightly: { expression: rate(1 day), task: ${task}, args: [x] } } }`)
  expect(() => made('script/a.sql')).toThrow(
    /stack\.schedules\.nightly\.args: SQL takes no arguments, and \["x"\] are given/,
  )
  made('script/a.sh').resourceCountIs('AWS::Scheduler::Schedule', 1)
})

test('the task role decrypts by the keys of secrets that the file names', () => {
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`
  const key = (name: string) => `arn:aws:kms:us-east-1:123456789012:key/${name}`
  const template = templateOf(`
stack:
  databases: { main: { dialect: mysql, host: a.example.com, secret: "${arn('db')}", secretKmsKey: "${key('db')}" } }
  secrets: ["${arn('plain')}", { arn: "${arn('token')}", kmsKey: "${key('token')}" }]
`)
  const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'))
  for (const part of [arn('db'), arn('plain'), arn('token'), key('db'), key('token')])
    expect(policies).toContain(part)
})
