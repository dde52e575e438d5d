import { expect, test } from 'vitest'
import type { Account } from '../../aws/account.ts'
import { deployed, ENDPOINTS, isolate } from './deployed.ts'

const { aws, ecs, define, change, look } = await deployed()

interface Bad {
  readonly prepare: (account: Account) => void
  readonly check: string
  readonly says: RegExp
  readonly hint: RegExp
}

const BAD: Record<string, Bad> = {
  'a cluster that is gone': {
    prepare: () => change({ cluster: 'gone' }),
    ...{
      check: 'aws.cluster',
      says: /the cluster gone does not exist/,
      hint: /aws ecs create-cluster --cluster-name gone/,
    },
  },
  'Spot on a cluster that has none': {
    prepare: () => {
      ecs.clusters.set('batchquery-fg', ['FARGATE'])
      change({ spot: true })
    },
    ...{ check: 'aws.cluster', says: /has no FARGATE_SPOT/, hint: /put-cluster-capacity-providers/ },
  },
  'an inactive task definition': {
    prepare: () => define({ status: 'INACTIVE' }),
    ...{ check: 'aws.definition', says: /batchquery is INACTIVE/, hint: /Register it again/ },
  },
  'another container': {
    prepare: () => change({ container: 'other' }),
    ...{ check: 'aws.definition', says: /has no container other/, hint: /fargate\.container/ },
  },
  'a size that Fargate has not': {
    prepare: () => define({ memory: 4096 }),
    ...{
      check: 'aws.definition',
      says: /no ECS tasks of 256 CPU units and 4096 MiB/,
      hint: /512, 1024, 2048/,
    },
  },
  'a task definition for EC2': {
    prepare: () => define({ members: { requiresCompatibilities: ['EC2'], networkMode: 'bridge' } }),
    ...{ check: 'aws.definition', says: /not for Fargate \(EC2, network mode bridge\)/, hint: /awsvpc/ },
  },
  'no task role': {
    prepare: () => define({ members: { taskRoleArn: undefined } }),
    ...{ check: 'aws.definition', says: /has no task role/, hint: /taskRoleArn/ },
  },
  'no execution role': {
    prepare: () => define({ members: { executionRoleArn: undefined } }),
    ...{
      check: 'aws.definition',
      says: /no execution role, .*to pull the image from ECR, to write the log/,
      hint: /AmazonECSTaskExecutionRolePolicy/,
    },
  },
  'an image that was never pushed': {
    prepare: account => account.images.clear(),
    ...{ check: 'aws.image', says: /ECR has no such image: .*batchquery:latest/, hint: /docker push/ },
  },
  'a log group that is not there': {
    prepare: () => ecs.logs.groups.clear(),
    ...{
      check: 'aws.logs',
      says: /the log group \/batchquery.* does not exist/,
      hint: /aws logs create-log-group/,
    },
  },
  'a subnet of another region': {
    prepare: () => change({ subnets: ['subnet-gone'] }),
    ...{ check: 'aws.subnets', says: /not all of subnet-gone are subnets/, hint: /AWS_REGION/ },
  },
  'subnets of two VPCs': {
    prepare: () => change({ subnets: ['subnet-1', 'subnet-elsewhere'] }),
    ...{ check: 'aws.subnets', says: /are in 2 VPCs/, hint: /one VPC/ },
  },
  'a public subnet without public addresses': {
    prepare: ({ network }) => void network.defaultRoutes.set('rtb-1', 'igw-1'),
    ...{
      check: 'aws.subnets',
      says: /subnet-1 cannot reach s3, ecr\.api, ecr\.dkr, logs: .*internet gateway/,
      hint: /assignPublicIp: true/,
    },
  },
  'a NAT gateway that is gone': {
    prepare: ({ network }) => {
      network.routeState = 'blackhole'
    },
    ...{ check: 'aws.subnets', says: /no route out and no endpoint/, hint: /create-vpc-endpoint/ },
  },
  'an endpoint of S3 in the table of another subnet': {
    prepare: account => {
      isolate(account)
      account.network.endpoints = { ...ENDPOINTS, s3: ['rtb-1'] }
    },
    ...{
      check: 'aws.subnets',
      says: /^subnet-2 cannot reach s3:/,
      hint: /--vpc-id vpc-1 --service-name com\.amazonaws\.us-east-1\.s3 --route-table-ids rtb-main/,
    },
  },
  'no endpoint of the logs': {
    prepare: account => {
      isolate(account)
      const { logs, ...others } = ENDPOINTS
      account.network.endpoints = others
    },
    ...{
      check: 'aws.subnets',
      says: /subnet-1 cannot reach logs:/,
      hint: /us-east-1\.logs --vpc-endpoint-type Interface --private-dns-enabled --subnet-ids subnet-1/,
    },
  },
  'a security group that lets nothing of AWS out': {
    prepare: ({ network }) => {
      network.egress = [3306]
    },
    ...{
      check: 'aws.security',
      says: /allows outbound port 443/,
      hint: /authorize-security-group-egress --group-id sg-1/,
    },
  },
  'a security group that is gone': {
    prepare: () => change({ securityGroups: ['sg-gone'] }),
    ...{ check: 'aws.security', says: /not all of sg-gone/, hint: /describe-security-groups/ },
  },
  'no right to RunTask': {
    prepare: account => void account.refused.add('ecs:RunTask'),
    ...{
      check: 'aws.rights',
      says: /user\/ada lacks rights: ecs:RunTask on arn:aws:ecs:us-east-1:123456789012:task-definition\/batchquery:1/,
      hint: /Allow ecs:RunTask/,
    },
  },
  'no right to pass the roles': {
    prepare: account => void account.refused.add('iam:PassRole'),
    ...{
      check: 'aws.rights',
      says: /iam:PassRole on arn:aws:iam::123456789012:role\/batchquery-taskrole; iam:PassRole on .*-execution/,
      hint: /Allow iam:PassRole/,
    },
  },
}

/** What is wrong at once, as each check sees one thing, and the exit code of the first that fails. */
const SCENES: readonly (readonly [code: number, names: readonly string[]])[] = [
  [
    2,
    [
      'a cluster that is gone',
      'an image that was never pushed',
      'a log group that is not there',
      'a public subnet without public addresses',
      'a security group that lets nothing of AWS out',
      'no right to RunTask',
    ],
  ],
  [2, ['Spot on a cluster that has none', 'an inactive task definition', 'a subnet of another region']],
  [2, ['another container', 'subnets of two VPCs', 'a security group that is gone']],
  [2, ['a size that Fargate has not', 'a NAT gateway that is gone']],
  [2, ['a task definition for EC2', 'an endpoint of S3 in the table of another subnet']],
  [2, ['no task role', 'no endpoint of the logs']],
  [2, ['no execution role']],
  [4, ['no right to pass the roles']],
]

test('each fault is in a scene', () => {
  expect(SCENES.flatMap(([, names]) => names).toSorted()).toEqual(Object.keys(BAD).toSorted())
})

test.each(SCENES)('exit code %i: %j', async (code, names) => {
  const wrong = names.flatMap(name => BAD[name] ?? [])
  for (const { prepare } of wrong) prepare(aws.account)
  const found = await look()
  const failed = found.document.checks.filter(({ state }) => state === 'failed').map(({ id }) => id)
  expect(failed).toEqual(wrong.map(({ check }) => check))
  for (const { check, says, hint } of wrong) {
    expect(found.told(check)?.error?.message).toMatch(says)
    expect(found.told(check)?.error?.hint).toMatch(hint)
  }
  expect(found.code).toBe(code)
})
