import { Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { beforeAll, describe, expect, test } from 'vitest'
import { auroraMysql, BatchQuery, fromEndpoint } from '../../src/index.ts'
import { newApp } from './stacks.ts'

const SECRET_KEY = 'arn:aws:kms:eu-west-1:123456789012:key/secret'

let stack: Stack
let made: Template
beforeAll(() => {
  stack = new Stack(newApp(), 'Test', { env: { account: '123456789012', region: 'us-east-1' } })
  const secret = Secret.fromSecretAttributes(stack, 'Secret', {
    secretCompleteArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf',
    encryptionKey: Key.fromKeyArn(stack, 'SecretKey', SECRET_KEY),
  })
  const batchQuery = new BatchQuery(stack, 'BatchQuery', {
    encryptionKey: new Key(stack, 'Key'),
    databases: {
      made: auroraMysql({ enableDataApi: true }),
      password: fromEndpoint({ dialect: 'postgres', host: 'db.example.com', secret }),
    },
    schedules: { nightly: { expression: 'rate(1 day)', task: 'script/a.sql' } },
    notices: {},
  })
  batchQuery.grantRun(new Role(stack, 'Runner', { assumedBy: new AccountRootPrincipal() }))
  batchQuery.grantApplyGrants(new Role(stack, 'Administrator', { assumedBy: new AccountRootPrincipal() }))
  batchQuery.grantReadResults(new Role(stack, 'Reader', { assumedBy: new AccountRootPrincipal() }))
  made = Template.fromStack(stack)
})

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: unknown
}

/** The statements of a role's policies. */
const statementsOf = (role: RegExp): readonly Statement[] =>
  Object.entries(made.findResources('AWS::IAM::Policy'))
    .filter(([id]) => role.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)

const actionsOf = ({ Action }: Statement): string[] => [Action].flat().map(String)
const ofKms = (statement: Statement): boolean =>
  actionsOf(statement).some(action => action.startsWith('kms:'))

describe('the use of a key', () => {
  test.each([
    ['the task role', /TaskRole/, 's3.us-east-1.amazonaws.com'],
    ['the role of a created database', /ExportRole/, 's3.us-east-1.amazonaws.com'],
    ['the role of the schedules', /ScheduleRole/, 'sqs.us-east-1.amazonaws.com'],
    ['a submitter', /^Runner/, 's3.us-east-1.amazonaws.com'],
    ['a reader', /^Reader/, 's3.us-east-1.amazonaws.com'],
  ])('allows %s GenerateDataKey and Decrypt at most, and only through a service', (_, role, service) => {
    const [own, ...others] = statementsOf(role).filter(ofKms)
    expect(own?.Condition).toEqual({ StringEquals: { 'kms:ViaService': service } })
    for (const statement of [own, ...others])
      for (const action of statement ? actionsOf(statement) : [])
        expect(['kms:GenerateDataKey', 'kms:Decrypt']).toContain(action)
    for (const { Condition } of others) expect(Condition).toMatchObject({ StringEquals: {} })
  })

  test('allows the task role to decrypt a secret, through Secrets Manager of its region', () => {
    expect(statementsOf(/TaskRole/)).toContainEqual({
      Action: 'kms:Decrypt',
      Effect: 'Allow',
      Resource: SECRET_KEY,
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    })
  })

  test('allows CloudWatch Logs only the one log group', () => {
    made.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'logs.us-east-1.amazonaws.com' },
            Condition: { ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': Match.anyValue() } },
          }),
        ]),
      }),
    })
  })
})

test('only Scheduler may take the role of the schedules, for schedules of the stack’s own group', () => {
  const [group] = Object.keys(
    made.findResources('AWS::Scheduler::ScheduleGroup', { Properties: { Name: 'batchquery' } }),
  )
  made.hasResourceProperties('AWS::Scheduler::Schedule', { GroupName: { Ref: group } })
  made.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': '123456789012',
              'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] },
            },
          },
        }),
      ],
    }),
  })
  const sent = statementsOf(/ScheduleRole/)
    .flatMap(actionsOf)
    .filter(action => action.startsWith('sqs:'))
  expect(sent).toEqual(['sqs:SendMessage'])
})

describe('a submitter', () => {
  test('tags a task only when RunTask creates it', () => {
    const tagging = statementsOf(/^Runner/).filter(statement =>
      actionsOf(statement).includes('ecs:TagResource'),
    )
    expect(tagging.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    ])
  })

  test('passes the two roles of the task definition to ECS tasks, and no other role', () => {
    for (const role of [/^Runner/, /ScheduleRole/]) {
      const passing = statementsOf(role).filter(statement => actionsOf(statement).includes('iam:PassRole'))
      expect(passing).toEqual([
        expect.objectContaining({
          Resource: [
            { 'Fn::GetAtt': [expect.stringMatching(/TaskRole/), 'Arn'] },
            { 'Fn::GetAtt': [expect.stringMatching(/ExecutionRole/), 'Arn'] },
          ],
          Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        }),
      ])
    }
  })
})

test('an administrator runs SQL only on the created cluster, as its own administrator', () => {
  const [cluster] = Object.keys(made.findResources('AWS::RDS::DBCluster'))
  const granted = statementsOf(/^Administrator/)
  expect(granted.map(({ Action }) => Action)).toEqual([
    'rds-data:ExecuteStatement',
    'secretsmanager:GetSecretValue',
    'ssm:GetParameter',
  ])
  expect(granted[1]?.Resource).toEqual({ 'Fn::GetAtt': [cluster, 'MasterUserSecret.SecretArn'] })
})

describe('the policy of an endpoint', () => {
  const policies = () =>
    Object.entries(made.findResources('AWS::EC2::VPCEndpoint')).map(
      ([id, { Properties }]) => [id, Properties.PolicyDocument?.Statement] as const,
    )
  const byName = (name: string) => policies().find(([id]) => id.includes(name))?.[1]

  test('is on each endpoint that the construct creates', () => {
    expect(policies().map(([, statements]) => statements?.length)).toEqual([2, 1, 1, 1, 1])
  })

  test('keeps S3 within the account, except for the layers of images', () => {
    expect(byName('S3Endpoint')).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: { 'aws:PrincipalAccount': '123456789012', 'aws:ResourceAccount': '123456789012' },
        },
      }),
      expect.objectContaining({
        Action: 's3:GetObject',
        Resource: expect.objectContaining({
          'Fn::Join': ['', expect.arrayContaining([':s3:::prod-us-east-1-starport-layer-bucket/*'])],
        }),
      }),
    ])
  })

  test.each([
    ['EcrApi', 'ExecutionRole'],
    ['EcrDocker', 'ExecutionRole'],
    ['Logs', 'ExecutionRole'],
    ['SecretsManager', 'TaskRole'],
  ])('lets %s be used only by the %s, without a wildcard in its actions', (endpoint, role) => {
    const [statement] = byName(`${endpoint}Endpoint`) ?? []
    expect(statement.Principal).toEqual({
      AWS: { 'Fn::GetAtt': [expect.stringMatching(role), 'Arn'] },
    })
    expect([statement.Action].flat().filter((action: string) => action.includes('*'))).toEqual([])
  })
})
