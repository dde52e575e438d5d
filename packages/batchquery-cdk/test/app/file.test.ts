import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { expect, onTestFinished, test } from 'vitest'
import { readAppConfig } from '../../src/app/config.ts'
import { createStack } from '../../src/app/stack.ts'
import { newApp } from '../construct/stacks.ts'

/** The stack of a file. */
async function synthesised(yaml: string): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-file-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'batchquery.yaml')
  await writeFile(path, yaml)
  return Template.fromStack(createStack(newApp(), readAppConfig(path)))
}

const VPC =
  'vpc: { id: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1], availabilityZones: [us-east-1a, us-east-1b]'

test('GIVEN two databases behind one security group THEN its rules are made once', async () => {
  const made = await synthesised(`stack:
  ${VPC} }
  databases:
    main: { dialect: mysql, host: a, resourceId: cluster-A, securityGroup: sg-0123456789abcdef0 }
    reports: { dialect: mysql, host: b, resourceId: cluster-B, securityGroup: sg-0123456789abcdef0 }`)
  made.resourceCountIs('AWS::EC2::SecurityGroupIngress', 1)
  made.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1)
})

test.each([
  ['rtb-0123456789abcdef0', ['rtb-0123456789abcdef0']],
  ['rtb-0123456789abcdef0, rtb-0123456789abcdef1', ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1']],
])(
  'GIVEN endpoints in a network with the tables %s THEN that of S3 is an entry in them',
  async (tables, RouteTableIds) => {
    const made = await synthesised(`stack: { ${VPC}, routeTables: [${tables}] }, endpoints: true }`)
    made.resourceCountIs('AWS::EC2::VPCEndpoint', 4)
    made.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway', RouteTableIds })
    made.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Interface',
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    })
  },
)

test.each([
  [`${VPC} }, endpoints: true`, /stack: endpoints in a vpc of yours need its routeTables/],
  [`${VPC}, routeTables: [a, b, c] }`, /stack.vpc: routeTables has one for all subnets, or one for each/],
])('GIVEN %s THEN it is refused', async (keys, message) => {
  await expect(synthesised(`stack: { ${keys} }`)).rejects.toThrow(message)
})

test('GIVEN a database to be made, whose name has what its parameter group may not THEN that has a legal one', async () => {
  const made = await synthesised(`stack:
  databases:
    _main__1_: { create: aurora-postgres, storageKey: "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef" }`)
  made.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
    DBClusterParameterGroupName: 'batchquery-main-1-dbclpg',
  })
  made.hasResourceProperties('AWS::RDS::DBCluster', {
    KmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef',
    Port: Match.anyValue(),
  })
})
