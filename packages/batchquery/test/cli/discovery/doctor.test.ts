import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { Account } from '../../aws/account.ts'
import { AwsServer } from '../../aws/aws-server.ts'
import { stackDocument } from '../../aws/stack-document.ts'
import { always } from '../../ecs/faults.ts'
import { stage } from '../fargate/stage.ts'
import { documentOf, Workspace } from '../workspace.ts'

const aws = await AwsServer.start()
afterAll(() => aws.stop())
const { ecs, bucket, environment: configured, define, keys } = await stage()

/** A shell in which nothing is said but that runs are to execute on Fargate. */
const { BATCHQUERY_STORE, BATCHQUERY_BUCKET, ...bare } = configured
const environment = { ...bare, ...aws.environment }

/** What has to be changed in the stack's settings of Fargate. */
let fargate: Record<string, unknown> = {}

const settings = () => JSON.parse(stackDocument(bucket)).settings

function deploy(changes: Record<string, unknown> = {}): void {
  const { fargate: own, ...rest } = settings()
  const document = { settings: { ...rest, ...changes, fargate: { ...own, ...fargate } } }
  aws.account.parameters.set('/batchquery/batchquery', stackDocument(bucket, document))
}

beforeEach(() => {
  fargate = { subnets: ['subnet-1', 'subnet-2'], assignPublicIp: false }
  aws.account = new Account()
  deploy()
  ecs.logs.groups.set('/batchquery', 90)
  ecs.clusters.set('batchquery-fg', ['FARGATE', 'FARGATE_SPOT'])
})

interface Told {
  readonly id: string
  readonly state: string
  readonly figure: string | null
  readonly because: string | null
  readonly warnings: readonly string[]
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null
}

async function look(more: NodeJS.ProcessEnv = {}) {
  const workspace = await Workspace.create()
  const ended = await workspace.run(['doctor', '--json'], { environment: { ...environment, ...more } })
  const document: { ok: boolean; stack: string | null; checks: Told[] } = documentOf(ended)
  const told = (id: string): Told | undefined => document.checks.find(check => check.id === id)
  return { ...ended, document, told }
}

test('a stack as batchquery-cdk makes it: all holds, and nothing stays in the bucket', async () => {
  const { code, document, told } = await look()
  expect(document.checks.filter(({ state, warnings }) => state === 'failed' || warnings.length > 0)).toEqual(
    [],
  )
  expect(code).toBe(0)
  expect(document).toMatchObject({ ok: true, engine: 'fargate', stack: 'batchquery', bucket, store: 's3' })
  const figures = Object.fromEntries(
    document.checks.map(({ id, figure, because }) => [id, figure ?? because]),
  )
  expect(figures).toMatchObject({
    'aws.identity': 'account 123456789012, arn:aws:iam::123456789012:user/ada; region us-east-1 (AWS_REGION)',
    'aws.stack': `batchquery in us-east-1 (/batchquery/batchquery): bucket ${bucket}, databases main`,
    'aws.cluster': 'batchquery-fg ACTIVE, with Spot, 0 ECS tasks running, 0 pending',
    'aws.definition': 'batchquery:1 ACTIVE, container batchquery, 256 CPU units, 512 MiB',
    'aws.image': expect.stringMatching(/batchquery:latest, 90 MB, pushed 2026-09-21, sha256:abab/),
    'aws.logs': '/batchquery, kept for 90 days',
    'aws.subnets':
      'vpc-1: subnet-1 (us-east-1a) by NAT, subnet-2 (us-east-1b) by NAT; s3, ecr.api, ecr.dkr, logs can be reached',
    'aws.security': 'sg-1: port 443 is let out',
    'aws.rights': 'arn:aws:iam::123456789012:user/ada may start runs, as IAM simulates it',
    'database.login': 'an ECS task logs in, with the rights of its own role',
    'store.delete': expect.stringMatching(/^nothing stays under s3:.*\/runs\/doctor-/),
  })
  expect(told('export')).toMatchObject({ state: 'skipped' })
  expect(await keys('')).toEqual([])
})

const ENDPOINTS = { s3: ['rtb-1', 'rtb-main'], 'ecr.api': [], 'ecr.dkr': [], logs: [] }
const isolated = ({ network }: Account) => {
  network.defaultRoutes.set('rtb-1', null)
  network.defaultRoutes.set('rtb-main', null)
  network.endpoints = ENDPOINTS
}

test('a private network with endpoints, a role of SSO, and a database that is not to be seen from here', async () => {
  isolated(aws.account)
  aws.account.arn = 'arn:aws:sts::123456789012:assumed-role/admin/ada'
  const url = 'mysql://batchquery@127.0.0.1:1/db01?sslmode=disable'
  deploy({ databases: { main: { url } } })
  const { code, told, document } = await look()
  expect({ code, failed: document.checks.filter(({ state }) => state === 'failed') }).toEqual({
    code: 0,
    failed: [],
  })
  expect(told('aws.subnets')?.figure).toMatch(/^vpc-1: subnet-1 \(us-east-1a\) by endpoints/)
  expect(told('aws.security')?.figure).toContain('and port 1 of the database')
  expect(told('aws.rights')?.figure).toContain('role/aws-reserved/sso.amazonaws.com/admin may start runs')
  expect(told('database.tcp')?.because).toMatch(
    /reaches it from its subnets; from here: 127\.0\.0\.1:1 cannot/,
  )
})

test('a database that answers here: its certificate is looked at, and nobody logs in', async () => {
  const { port, user, database, caFile } = inject('mariadb')
  deploy({
    databases: {
      main: {
        url: `mysql://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`,
      },
    },
  })
  const { told } = await look()
  expect(told('database.tls')).toMatchObject({ state: 'ok' })
  expect(told('database.login')).toMatchObject({ state: 'skipped' })
})

interface Bad {
  readonly prepare: (account: Account) => void
  readonly check: string
  readonly says: RegExp
  readonly hint: RegExp
}

const change = (changes: Record<string, unknown>) => {
  fargate = { ...fargate, ...changes }
  deploy()
}

const BAD: Record<string, Bad> = {
  'a cluster that is gone': {
    prepare: () => change({ cluster: 'gone' }),
    ...{ check: 'aws.cluster', says: /no cluster gone/, hint: /aws ecs create-cluster --cluster-name gone/ },
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
    ...{ check: 'aws.definition', says: /batchquery is INACTIVE/, hint: /Register it anew/ },
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
    ...{ check: 'aws.logs', says: /no log group \/batchquery/, hint: /aws logs create-log-group/ },
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
      says: /subnet-1 has no way to s3, ecr\.api, ecr\.dkr, logs: .*internet gateway/,
      hint: /assignPublicIp: true/,
    },
  },
  'a NAT gateway that is gone': {
    prepare: ({ network }) => {
      network.routeState = 'blackhole'
    },
    ...{ check: 'aws.subnets', says: /no route out, and no endpoint/, hint: /create-vpc-endpoint/ },
  },
  'an endpoint of S3 in the table of another subnet': {
    prepare: account => {
      isolated(account)
      account.network.endpoints = { ...ENDPOINTS, s3: ['rtb-1'] }
    },
    ...{
      check: 'aws.subnets',
      says: /^subnet-2 has no way to s3:/,
      hint: /--vpc-id vpc-1 --service-name com\.amazonaws\.us-east-1\.s3 --route-table-ids rtb-main/,
    },
  },
  'no endpoint of the logs': {
    prepare: account => {
      isolated(account)
      const { logs, ...others } = ENDPOINTS
      account.network.endpoints = others
    },
    ...{
      check: 'aws.subnets',
      says: /subnet-1 has no way to logs:/,
      hint: /us-east-1\.logs --vpc-endpoint-type Interface --private-dns-enabled --subnet-ids subnet-1/,
    },
  },
  'a security group that lets nothing of AWS out': {
    prepare: ({ network }) => {
      network.egress = [3306]
    },
    ...{
      check: 'aws.security',
      says: /lets port 443 out/,
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
      says: /user\/ada may not: ecs:RunTask on arn:aws:ecs:us-east-1:123456789012:task-definition\/batchquery:1/,
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

test('each thing that can be wrong is in a scene', () => {
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

test('who may look at nothing: each check is skipped with the right that it takes, and nothing fails', async () => {
  const { account } = aws
  for (const action of ['ecr:DescribeImages', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'])
    account.denied.add(action)
  account.denied.add('iam:SimulatePrincipalPolicy')
  ecs.fail(
    always('DescribeClusters', 'AccessDeniedException', 'not authorized to perform: ecs:DescribeClusters'),
    always('DescribeLogGroups', 'AccessDeniedException', 'not authorized to perform: logs:DescribeLogGroups'),
  )
  const { code, document } = await look()
  expect(code).toBe(0)
  const skipped = document.checks.filter(({ id, state }) => id.startsWith('aws.') && state === 'skipped')
  expect(Object.fromEntries(skipped.map(({ id, because }) => [id, because]))).toEqual({
    'aws.cluster': expect.stringMatching(/Allow ecs:DescribeClusters on the cluster/),
    'aws.image': expect.stringMatching(
      /Allow ecr:DescribeImages on arn:aws:ecr:us-east-1:123456789012:repository/,
    ),
    'aws.logs': expect.stringMatching(/Allow logs:DescribeLogGroups/),
    'aws.subnets': expect.stringMatching(/Allow ec2:DescribeSubnets on \*/),
    'aws.security': expect.stringMatching(/Allow ec2:DescribeSecurityGroups/),
    'aws.rights': expect.stringMatching(/Allow iam:SimulatePrincipalPolicy/),
  })
})

test('nor may who cannot see the task definition', async () => {
  ecs.fail(always('DescribeTaskDefinition', 'AccessDeniedException', 'no'))
  const { code, told } = await look()
  expect(code).toBe(0)
  for (const id of ['aws.definition', 'aws.image', 'aws.logs', 'aws.rights'])
    expect(told(id)?.because).toContain('ecs:DescribeTaskDefinition')
  expect(told('aws.subnets')?.figure).toMatch(/; s3 can be reached$/)
})

test('what holds and is worth a word', async () => {
  define({
    stopTimeoutMs: 10_000,
    containerMembers: {
      readonlyRootFilesystem: false,
      image: 'example.org/batchquery:1',
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/batchquery' } },
    },
  })
  ecs.logs.groups.set('/batchquery', null)
  aws.account.network.addresses = 3
  for (const action of ['ecs:StopTask', 'logs:GetLogEvents']) aws.account.refused.add(action)
  const { code, document, told } = await look()
  expect(code).toBe(0)
  expect(told('aws.image')).toMatchObject({
    state: 'skipped',
    because: expect.stringContaining('not in ECR'),
  })
  const warnings = document.checks.filter(({ id }) => id.startsWith('aws.')).flatMap(check => check.warnings)
  expect(warnings).toEqual([
    expect.stringMatching(/awslogs is non-blocking.*mode: blocking/),
    expect.stringMatching(/stopTimeout is 10 s/),
    expect.stringMatching(/readonlyRootFilesystem: true/),
    expect.stringMatching(/put-retention-policy --log-group-name \/batchquery/),
    expect.stringMatching(/subnet-1 has 3 addresses left/),
    expect.stringMatching(/subnet-2 has 3 addresses left/),
    expect.stringMatching(
      /allow ecs:StopTask on arn:aws:ecs:us-east-1:123456789012:task\/batchquery-fg\/\*; logs:GetLogEvents/,
    ),
  ])
})

test('without a stack: who asks, and that there is none; the rest is not known', async () => {
  aws.account.parameters.clear()
  const { code, document } = await look()
  expect(code).toBe(3)
  expect(document.checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'aws.identity ok',
    'aws.stack failed',
  ])
  expect(document.checks[1]?.error).toMatchObject({ code: 'STACK_NOT_FOUND' })
})

test('without credentials nothing else is tried', async () => {
  const { code, document } = await look({
    ...{
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  })
  expect(code).toBe(4)
  expect(document.checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'aws.identity failed',
    'aws.stack skipped',
  ])
  expect(document.checks[0]?.error).toMatchObject({
    code: 'AUTHENTICATION',
    hint: expect.stringContaining('aws sso login'),
  })
})
