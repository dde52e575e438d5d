import { Match } from 'aws-cdk-lib/assertions'
import { ContainerImage } from 'aws-cdk-lib/aws-ecs'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { describe, expect, test } from 'vitest'
import { type BatchQueryProps, fromEndpoint } from '../../src/index.ts'
import { given, main } from './stacks.ts'

describe('the construct without props', () => {
  const { template } = given()
  const made = template()

  test('has the names and sizes of the article', () => {
    made.hasResourceProperties('AWS::ECS::Cluster', { ClusterName: 'batchquery-fg' })
    made.hasResourceProperties('AWS::IAM::Role', { RoleName: 'batchquery-taskrole' })
    made.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Family: 'batchquery',
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
    })
  })

  test('keeps a bucket with versions, encryption, no public access and only TLS', () => {
    made.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
            Match.objectLike({ Prefix: 'runs/', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
          ]),
        },
      },
    })
    made.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      }),
    })
  })

  test('has a container that is read-only except for /tmp, has 120 s to stop, and loses no line of its log', () => {
    made.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Volumes: [{ Name: 'tmp' }],
      ContainerDefinitions: [
        Match.objectLike({
          Name: 'batchquery',
          ReadonlyRootFilesystem: true,
          StopTimeout: 120,
          MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false, SourceVolume: 'tmp' }],
          LogConfiguration: { LogDriver: 'awslogs', Options: Match.objectLike({ mode: 'blocking' }) },
        }),
      ],
    })
    made.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 })
  })

  test('has a private network: endpoints, no way to the internet', () => {
    made.resourceCountIs('AWS::EC2::VPCEndpoint', 4)
    made.resourceCountIs('AWS::EC2::NatGateway', 0)
    made.resourceCountIs('AWS::EC2::InternetGateway', 0)
  })

  test('has no databases, schedules or notices', () => {
    for (const type of [
      'AWS::RDS::DBCluster',
      'AWS::Scheduler::Schedule',
      'AWS::SNS::Topic',
      'AWS::SQS::Queue',
    ])
      made.resourceCountIs(type, 0)
    expect(JSON.stringify(made.toJSON())).not.toContain('rds-db:connect')
  })
})

test('a revision of the task definition remains, because a user may have pinned it', () => {
  given().template().hasResource('AWS::ECS::TaskDefinition', { UpdateReplacePolicy: 'Retain' })
})

describe('the task role', () => {
  const policyOf = (props: BatchQueryProps) => {
    const all = Object.entries(given(props).template().findResources('AWS::IAM::Policy'))
    return JSON.stringify(all.filter(([id]) => id.includes('TaskRole')))
  }

  test('may log in by token as that user of that cluster, and read no secret', () => {
    const policy = policyOf({ databases: { main } })
    expect(policy).toContain('rds-db:connect')
    expect(policy).toContain(':dbuser:cluster-ABC123/batchquery')
    expect(policy).not.toContain('secretsmanager')
  })

  test('may abort and delete, but never write tasks', () => {
    const policy = policyOf({})
    for (const action of ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListBucketMultipartUploads'])
      expect(policy).toContain(action)
    expect(policy).not.toContain('script/')
    expect(policy).not.toContain('s3:*')
  })
})

describe('the construct', () => {
  test('refuses an image that a private network cannot reach', () => {
    expect(() => given({ image: ContainerImage.fromRegistry('example.com/batchquery:1') })).toThrow(
      /assignPublicIp/,
    )
  })

  test('refuses a database with no way to log in, or with two', () => {
    const none = fromEndpoint({ dialect: 'mysql', host: 'db.example.com' })
    expect(() => given({ databases: { none } })).toThrow(/resourceId.*secret/)
  })

  test.each(['Batch', 'a'.repeat(25), '-a', ''])('refuses the name %j', name => {
    expect(() => given({ name })).toThrow(/lowercase/)
  })
})

test('a network with public addresses has no endpoint except the free one for S3, and any registry works', () => {
  const { template } = given({
    assignPublicIp: true,
    image: ContainerImage.fromRegistry('example.com/batchquery:1'),
  })
  template().resourceCountIs('AWS::EC2::VPCEndpoint', 1)
  template().hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' })
  template().resourceCountIs('AWS::EC2::NatGateway', 0)
})

describe('grants', () => {
  test('grantReadResults grants nothing else', () => {
    const { batchQuery, stack, template } = given()
    const reader = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    batchQuery.grantReadResults(reader)
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^Reader'),
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Action: 's3:ListBucket',
            Condition: { StringLike: { 's3:prefix': ['output/*'] } },
          }),
          Match.objectLike({ Action: ['s3:GetObject', 's3:GetObjectVersion'] }),
        ],
      }),
    })
  })

  test('grantRun passes roles only to ECS, only in this cluster', () => {
    const { batchQuery, stack, template } = given()
    batchQuery.grantRun(
      new Role(stack, 'Runner', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    )
    template().hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^Runner'),
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'ecs:RunTask', Condition: { ArnEquals: Match.anyValue() } }),
          Match.objectLike({
            Action: 'iam:PassRole',
            Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          }),
        ]),
      }),
    })
  })
})
