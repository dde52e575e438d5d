import { Stack } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { describe, expect, test } from 'vitest'
import {
  auroraMysql,
  auroraPostgres,
  BatchQuery,
  fromCluster,
  fromEndpoint,
  fromInstance,
} from '../../src/index.ts'
import { given, main, newApp } from './stacks.ts'

describe('created databases', () => {
  test('of Aurora MySQL have IAM login, TLS, and both halves of the right to write to S3', () => {
    const { template } = given({ databases: { main: auroraMysql() } })
    const made = template()
    const role = { 'Fn::GetAtt': [Match.stringLikeRegexp('ExportRole'), 'Arn'] }
    made.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Snapshot',
      Properties: Match.objectLike({
        Engine: 'aurora-mysql',
        EnableIAMDatabaseAuthentication: true,
        StorageEncrypted: true,
        DeletionProtection: true,
        ManageMasterUserPassword: true,
        DatabaseName: 'db01',
        AssociatedRoles: [{ RoleArn: role }],
      }),
    })
    made.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Family: 'aurora-mysql8.0',
      Parameters: {
        aws_default_s3_role: role,
        require_secure_transport: 'ON',
        activate_all_roles_on_login: 'ON',
      },
    })
    made.resourceCountIs('AWS::SecretsManager::Secret', 0)
  })

  test('of Aurora PostgreSQL have a role for s3Export, which no parameter names', () => {
    const { template } = given({ databases: { main: auroraPostgres() } })
    template().hasResourceProperties('AWS::RDS::DBCluster', {
      Engine: 'aurora-postgresql',
      AssociatedRoles: [{ FeatureName: 's3Export', RoleArn: Match.anyValue() }],
    })
    template().hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: { 'rds.force_ssl': '1' },
    })
  })
})

describe('the name of a parameter group', () => {
  const namesOf = (...names: string[]) => {
    const databases = Object.fromEntries(names.map(name => [name, auroraPostgres()]))
    const groups = given({ databases }).template().findResources('AWS::RDS::DBClusterParameterGroup')
    return Object.values(groups).map(({ Properties }) => Properties.DBClusterParameterGroupName)
  }

  test('is the database’s name when RDS accepts it', () => {
    expect(namesOf('main')).toEqual(['batchquery-main-dbclpg'])
  })

  test('is chosen by CloudFormation when RDS does not accept it, so no two are equal', () => {
    expect(namesOf('main_', 'main-', 'Main', 'main')).toEqual([
      undefined,
      undefined,
      undefined,
      'batchquery-main-dbclpg',
    ])
  })
})

describe('existing databases', () => {
  test('with a password in Secrets Manager let the task role read that secret without a token, through an endpoint', () => {
    const stack = new Stack(newApp(), 'Test')
    const secret = Secret.fromSecretCompleteArn(
      stack,
      'S',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf',
    )
    const main = fromEndpoint({ dialect: 'postgres', host: 'db.example.com', secret })
    new BatchQuery(stack, 'BatchQuery', { databases: { main } })
    const made = Template.fromStack(stack)
    made.resourceCountIs('AWS::EC2::VPCEndpoint', 5)
    expect(JSON.stringify(made.findResources('AWS::IAM::Policy'))).not.toContain('rds-db')
    expect(JSON.stringify(made.findResources('AWS::ECS::TaskDefinition'))).toContain(
      'postgres://batchquery@db.example.com:5432/db01?auth=secret&secret=arn:aws:secretsmanager',
    )
  })

  test('the task role reads a secret for parameters, through an endpoint', () => {
    const stack = new Stack(newApp(), 'Test')
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf'
    new BatchQuery(stack, 'BatchQuery', { secrets: [Secret.fromSecretCompleteArn(stack, 'S', arn)] })
    const made = Template.fromStack(stack)
    made.resourceCountIs('AWS::EC2::VPCEndpoint', 5)
    made.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['secretsmanager:GetSecretValue']), Resource: arn }),
        ]),
      },
    })
  })

  test('a cluster and an instance each have a login for their resource id', () => {
    const stack = new Stack(newApp(), 'Test')
    const cluster = DatabaseCluster.fromDatabaseClusterAttributes(stack, 'C', {
      clusterIdentifier: 'db01cl',
      clusterResourceIdentifier: 'cluster-ABC',
      clusterEndpointAddress: 'cluster.example.com',
      port: 3307,
    })
    const attributes = {
      instanceIdentifier: 'i',
      instanceResourceId: 'db-DEF',
      instanceEndpointAddress: 'instance.example.com',
      port: 5432,
      securityGroups: [],
    }
    const instance = DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'I', attributes)
    const databases = {
      c: fromCluster(cluster, { dialect: 'mysql' }),
      i: fromInstance(instance, { dialect: 'postgres', user: 'you' }),
    }
    new BatchQuery(stack, 'BatchQuery', { databases })
    const made = JSON.stringify(Template.fromStack(stack).toJSON())
    for (const part of [
      ':dbuser:cluster-ABC/batchquery',
      ':dbuser:db-DEF/you',
      '@cluster.example.com:3307/',
      'postgres://you@instance.example.com:5432/',
    ])
      expect(made).toContain(part)
    // No security group is known, so the way out is open, to the port of the server.
    for (const port of [3307, 5432])
      Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
        SecurityGroupEgress: Match.arrayWith([
          Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: port, ToPort: port }),
        ]),
      })
  })
})

describe('schedules and notices', () => {
  const schedules = {
    nightly: { expression: 'cron(15 2 * * ? *)', task: 'script/a.sql', timeZone: 'Asia/Tokyo' },
  }

  test('a schedule keeps deliveries that failed', () => {
    const { template } = given({ schedules })
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: Match.objectLike({ DeadLetterConfig: Match.anyValue() }),
    })
    template().resourceCountIs('AWS::SQS::Queue', 1)
  })

  test.each(['a'.repeat(43), 'a b', ''])(
    'a schedule fails with the name %j, because no run id can contain it',
    name => {
      expect(() =>
        given({ schedules: { [name]: { expression: 'rate(1 day)', task: 'script/a.sql' } } }),
      ).toThrow(/42/)
    },
  )

  test('schedules fail when a name is too long with its stack, because two cut names could be equal', () => {
    const name = 'a'.repeat(24)
    const long = { ['b'.repeat(40)]: schedules.nightly }
    expect(() => given({ name, schedules: long })).toThrow(/more than the 64 characters/)
  })

  test('notices report only stopped tasks of this family and cluster', () => {
    const { template } = given({ notices: { emails: ['ops@example.com'] } })
    template().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [Match.anyValue()],
          lastStatus: ['STOPPED'],
          taskDefinitionArn: [{ wildcard: '*:task-definition/batchquery:*' }],
        },
      },
    })
    template().hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
  })
})

test('bucket, log, queue and topic are encrypted with the key, but the created database is not, because it could never change the key', () => {
  const stack = new Stack(newApp(), 'Test')
  const encryptionKey = new Key(stack, 'Key')
  new BatchQuery(stack, 'BatchQuery', {
    encryptionKey,
    databases: { main, made: auroraMysql() },
    schedules: { s: { expression: 'rate(1 day)', task: 'script/a.sql' } },
    notices: {},
  })
  const made = Template.fromStack(stack)
  const key = Match.anyValue()
  made.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: key })
  made.hasResourceProperties('AWS::SQS::Queue', { KmsMasterKeyId: key })
  made.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: key })
  made.hasResourceProperties('AWS::RDS::DBCluster', { KmsKeyId: Match.absent(), StorageEncrypted: true })
  expect(JSON.stringify(made.findResources('AWS::S3::Bucket'))).toContain('aws:kms')
})

test('a created database is encrypted with its own key', () => {
  const stack = new Stack(newApp(), 'Test')
  const storageKey = new Key(stack, 'Storage')
  new BatchQuery(stack, 'BatchQuery', { databases: { made: auroraPostgres({ storageKey }) } })
  Template.fromStack(stack).hasResourceProperties('AWS::RDS::DBCluster', {
    KmsKeyId: stack.resolve(storageKey.keyArn),
  })
})

test('tasks and readers may decrypt with a former key, and nothing else', () => {
  const stack = new Stack(newApp(), 'Test')
  const former = 'arn:aws:kms:us-east-1:123456789012:key/former'
  const formerKeys = [Key.fromKeyArn(stack, 'Former', former)]
  const batchQuery = new BatchQuery(stack, 'BatchQuery', { encryptionKey: new Key(stack, 'Key'), formerKeys })
  const reader = new Role(stack, 'Reader', { assumedBy: new AccountRootPrincipal() })
  batchQuery.grantReadResults(reader)
  const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy')
  const byFormer = Object.values(policies).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Resource }: { Resource: unknown }) => Resource === former),
  )
  const Condition = stack.resolve({ StringEquals: { 'kms:ViaService': `s3.${stack.region}.amazonaws.com` } })
  expect(byFormer).toEqual(
    [1, 2].map(() => ({ Action: 'kms:Decrypt', Condition, Effect: 'Allow', Resource: former })),
  )
})
