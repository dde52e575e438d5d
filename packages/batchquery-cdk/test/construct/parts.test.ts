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

describe('databases to be made', () => {
  test('GIVEN Aurora MySQL to be made THEN IAM login, TLS, and both halves of the right to write to S3', () => {
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

  test('GIVEN Aurora PostgreSQL to be made THEN its role is for s3Export, and no parameter names it', () => {
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

  test('GIVEN a database’s name that RDS takes THEN it has that', () => {
    expect(namesOf('main')).toEqual(['batchquery-main-dbclpg'])
  })

  test('GIVEN names that RDS does not take THEN CloudFormation chooses, so that no two are one', () => {
    expect(namesOf('main_', 'main-', 'Main', 'main')).toEqual([
      undefined,
      undefined,
      undefined,
      'batchquery-main-dbclpg',
    ])
  })
})

describe('databases that exist', () => {
  test('GIVEN a password in Secrets Manager THEN the task role reads that secret, has no token, and there is an endpoint', () => {
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

  test('GIVEN a secret for parameters THEN the task role reads it, and there is an endpoint', () => {
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

  test('GIVEN a cluster and an instance that exist THEN each login is for its resource id', () => {
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
    // No security group is known: the way out is open, to the port that the server has.
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

  test('GIVEN a schedule THEN what cannot be delivered is kept', () => {
    const { template } = given({ schedules })
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: Match.objectLike({ DeadLetterConfig: Match.anyValue() }),
    })
    template().resourceCountIs('AWS::SQS::Queue', 1)
  })

  test.each(['a'.repeat(43), 'a b', ''])(
    'GIVEN the name %j THEN it is refused: no run id can be made of it',
    name => {
      expect(() =>
        given({ schedules: { [name]: { expression: 'rate(1 day)', task: 'script/a.sql' } } }),
      ).toThrow(/42/)
    },
  )

  test('GIVEN names that are too long together THEN they are refused: cut, two schedules could be one', () => {
    const name = 'a'.repeat(24)
    const long = { ['b'.repeat(40)]: schedules.nightly }
    expect(() => given({ name, schedules: long })).toThrow(/more than the 64 characters/)
  })

  test('GIVEN notices THEN only stopped tasks of this family and cluster are told of', () => {
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

test('GIVEN a key THEN bucket, log, queue and topic are encrypted under it, and the made database, which could never change it, is not', () => {
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

test('GIVEN a key of its own THEN the made database is encrypted under that', () => {
  const stack = new Stack(newApp(), 'Test')
  const storageKey = new Key(stack, 'Storage')
  new BatchQuery(stack, 'BatchQuery', { databases: { made: auroraPostgres({ storageKey }) } })
  Template.fromStack(stack).hasResourceProperties('AWS::RDS::DBCluster', {
    KmsKeyId: stack.resolve(storageKey.keyArn),
  })
})

test('GIVEN a former key THEN tasks and readers may decrypt by it, and nothing else', () => {
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
