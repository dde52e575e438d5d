import { expect, inject, test } from 'vitest'
import { stackDocument } from '../../aws/stack-document.ts'
import { always } from '../../ecs/faults.ts'
import { deployed, isolate } from './deployed.ts'

const { aws, ecs, bucket, define, keys, deploy, look } = await deployed()

test('all checks of a stack of batchquery-cdk pass, and nothing stays in the bucket', async () => {
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
      'vpc-1: subnet-1 (us-east-1a) by NAT, subnet-2 (us-east-1b) by NAT; they reach s3, ecr.api, ecr.dkr, logs',
    'aws.security': 'sg-1: outbound port 443 is open',
    'aws.rights': 'arn:aws:iam::123456789012:user/ada can start runs, according to the IAM simulator',
    'database.login': 'the ECS task logs in with the rights of its own role',
    'store.delete': expect.stringMatching(/^nothing remains under s3:.*\/runs\/doctor-/),
  })
  expect(told('export')).toMatchObject({ state: 'skipped' })
  expect(await keys('')).toEqual([])
})

test('doctor checks a private network with endpoints, a role of SSO, and an invisible database', async () => {
  isolate(aws.account)
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
  expect(told('aws.rights')?.figure).toContain('role/aws-reserved/sso.amazonaws.com/admin can start runs')
  expect(told('database.tcp')?.because).toMatch(
    /connects from its own subnets; from here: cannot reach 127\.0\.0\.1:1/,
  )
})

test('doctor checks the certificate of a database that answers here, and does not log in', async () => {
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

test('each check is skipped with the missing right, and none fails, when the user has no rights', async () => {
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

test('the checks that need the task definition are skipped when the user cannot read it', async () => {
  ecs.fail(always('DescribeTaskDefinition', 'AccessDeniedException', 'no'))
  const { code, told } = await look()
  expect(code).toBe(0)
  for (const id of ['aws.definition', 'aws.image', 'aws.logs', 'aws.rights'])
    expect(told(id)?.because).toContain('ecs:DescribeTaskDefinition')
  expect(told('aws.subnets')?.figure).toMatch(/; they reach s3$/)
})

test('doctor warns of passed checks', async () => {
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
    expect.stringMatching(/subnet-1 has 3 free addresses/),
    expect.stringMatching(/subnet-2 has 3 free addresses/),
    expect.stringMatching(
      /allow ecs:StopTask on arn:aws:ecs:us-east-1:123456789012:task\/batchquery-fg\/\*; logs:GetLogEvents/,
    ),
  ])
})

test('doctor checks the caller and reports the missing stack when there is none', async () => {
  aws.account.parameters.clear()
  const { code, document } = await look()
  expect(code).toBe(3)
  expect(document.checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'aws.identity ok',
    'aws.stack failed',
  ])
  expect(document.checks[1]?.error).toMatchObject({ code: 'STACK_NOT_FOUND' })
})

test('doctor refuses a store that no ECS task can reach', async () => {
  const { code, told } = await look({ BATCHQUERY_STORE: './store' })
  expect(code).toBe(2)
  expect(told('store.setting')).toMatchObject({
    state: 'failed',
    error: { code: 'CONFIG', hint: expect.stringContaining('--store s3') },
  })
})

test('doctor tries nothing else without credentials', async () => {
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

test('doctor warns of a created database whose version AWS does not support any more, and no check fails', async () => {
  const { settings } = JSON.parse(aws.account.parameters.get('/batchquery/batchquery') ?? '')
  const arn = 'arn:aws:rds:us-east-1:123456789012:cluster:c'
  // Its support has ended by any clock.
  const clusters = { main: { arn, engine: 'aurora-postgres', engineVersion: '13.9' } }
  aws.account.parameters.set('/batchquery/batchquery', stackDocument(bucket, { settings, clusters }))
  const { code, told } = await look()
  expect(code).toBe(0)
  expect(told('aws.stack')).toMatchObject({
    state: 'ok',
    warnings: [expect.stringMatching(/aurora-postgres 13\.9 \(database main\) may have ended on 2026-02-28/)],
  })
})
