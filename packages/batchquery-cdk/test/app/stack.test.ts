import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { templateOf } from './template.ts'

describe('two databases with one security group', () => {
  const made = () =>
    templateOf(`
stack:
  databases:
    a: { dialect: mysql, host: a.example.com, resourceId: cluster-A, securityGroup: sg-0123456789abcdef0 }
    b: { dialect: mysql, host: b.example.com, resourceId: cluster-B, securityGroup: sg-0123456789abcdef0 }
    c: { dialect: postgres, host: c.example.com, resourceId: cluster-C, securityGroup: sg-0123456789abcdef0 }
    d: { dialect: mysql, host: d.example.com, resourceId: cluster-D, securityGroup: sg-0123456789abcdef2 }
`)

  test('get one rule for each group and port, because EC2 refuses a second equal rule', () => {
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
    'put the route to S3 into the route tables, %s, and the services into the subnets',
    (_, given, expected) => {
      const template = made(given)
      template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
        VpcEndpointType: 'Gateway',
        RouteTableIds: expected,
      })
      template.resourcePropertiesCountIs(
        'AWS::EC2::VPCEndpoint',
        { VpcEndpointType: 'Interface', SubnetIds: subnets },
        3,
      )
    },
  )

  test('fail with the missing key when there are no route tables', () => {
    expect(() => made()).toThrow(/stack: endpoints: true .*vpc\.routeTables/)
  })

  test.each([[[]], [[...tables, 'rtb-0123456789abcdef2']]])('fail when there are %j route tables', given => {
    expect(() => made(given)).toThrow(/stack\.vpc: routeTables must name one table for each/)
  })

  test('fail when a route table is invalid', () => {
    expect(() => made(['subnet-0123456789abcdef0'])).toThrow(/rtb-/)
  })

  test('are missing when the file asks for none, with and without route tables', () => {
    for (const given of [undefined, tables]) made(given, false).resourceCountIs('AWS::EC2::VPCEndpoint', 0)
  })
})

test('the bucket has one key, a created database its own, and tasks can read what former keys encrypt', () => {
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

test('the schema refuses a variable in the name of the bucket', () => {
  expect(() => templateOf(`bucket: \${BUCKET}\nstack: {}`)).toThrow(
    /bucket: batchquery-cdk does not replace variables/,
  )
})

test('a schedule takes arguments for a script, and none for SQL', () => {
  const made = (task: string) =>
    templateOf(`stack: { schedules: { nightly: { expression: rate(1 day), task: ${task}, args: [x] } } }`)
  expect(() => made('script/a.sql')).toThrow(
    /stack\.schedules\.nightly\.args: a SQL task accepts no arguments, but args is \["x"\]/,
  )
  made('script/a.sh').resourceCountIs('AWS::Scheduler::Schedule', 1)
})

test('the task role may decrypt with the keys of secrets in the file', () => {
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
