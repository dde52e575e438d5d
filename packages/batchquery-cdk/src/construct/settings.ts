import { Stack } from 'aws-cdk-lib'
import type { ICluster } from 'aws-cdk-lib/aws-ecs'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import type { DatabaseBinding, MadeCluster } from '../databases/database.ts'
import { keyStatement } from './keys.ts'
import type { Network } from './network.ts'
import type { BatchQueryReceiver } from './props.ts'
import { explainRule } from './reasons.ts'
import { CONTAINER } from './task-definition.ts'

/** In cdk-nag's form. */
const LAMBDA_LOGS = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

/** The settings of the runner and the command line, as in batchquery.yaml. JSON is YAML. */
export interface HomeSettings {
  readonly bucket: string
  readonly engine: 'fargate'
  /** The default. Set only if there is one database, because with several each task must name one. */
  readonly database?: string
  readonly databases: Readonly<Record<string, { readonly url: string }>>
  readonly fargate: {
    readonly cluster: string
    readonly taskDefinition: string
    readonly container: string
    readonly subnets: readonly string[]
    readonly securityGroups: readonly string[]
    readonly assignPublicIp: boolean
    /** The ARN of the state machine that starts several machines for an export. Absent without `fanOut`. */
    readonly stateMachine?: string
  }
}

/** What all ECS tasks have in common. */
export type Place = Omit<HomeSettings['fargate'], 'stateMachine'>

export const placeOf = (
  { clusterName }: ICluster,
  name: string,
  { vpc, subnets, tasks, assignPublicIp }: Network,
): Place => ({
  cluster: clusterName,
  taskDefinition: name,
  container: CONTAINER,
  subnets: vpc.selectSubnets(subnets).subnetIds,
  securityGroups: [tasks.securityGroupId],
  assignPublicIp,
})

type Databases = Readonly<Record<string, DatabaseBinding>>

export const homeSettings = (
  { bucketName }: IBucket,
  databases: Databases,
  place: Place,
  fanOut: IStateMachine | null,
): HomeSettings => ({
  bucket: bucketName,
  engine: 'fargate',
  ...onlyOf(databases, name => ({ database: name })),
  databases: Object.fromEntries(Object.entries(databases).map(([name, { url }]) => [name, { url }])),
  fargate: { ...place, ...(fanOut && { stateMachine: fanOut.stateMachineArn }) },
})

/** The environment of a task that was started from the console. */
export function taskEnvironment(
  scope: Construct,
  { bucketName }: IBucket,
  databases: Databases,
  receivers: readonly BatchQueryReceiver[],
): Record<string, string> {
  const urls = Object.entries(databases).map(([name, { url }]) => [name, url])
  return {
    BATCHQUERY_STORE: 's3',
    BATCHQUERY_BUCKET: bucketName,
    BATCHQUERY_DATABASES: Stack.of(scope).toJsonString(Object.fromEntries(urls)),
    ...(receivers.length > 0 && {
      BATCHQUERY_NOTIFY: Stack.of(scope).toJsonString(
        receivers.map(({ kind, secret, key, on = 'ended' }) => ({
          [kind]: `secret:${secret.secretArn}${key === undefined ? '' : `#${key}`}`,
          on,
        })),
      ),
    }),
    // It has precedence over the database that a task names, so with several databases it would send tasks to the
    // wrong one.
    ...onlyOf(databases, name => ({ BATCHQUERY_DATABASE: name })),
  }
}

/** Nothing unless there is one database. */
function onlyOf<T extends object>(
  databases: Databases,
  made: (name: string) => T,
): T | Record<string, never> {
  const [only, ...others] = Object.keys(databases)
  return only !== undefined && others.length === 0 ? made(only) : {}
}

/**
 * The parameter `/batchquery/NAME`: with the right to read this parameter, the command line finds everything else.
 */
export interface DiscoveryDocument {
  /** Increased only by a change that older readers would misread. */
  readonly version: 1
  readonly name: string
  readonly region: string
  readonly logGroup: string
  /** As in batchquery.yaml. */
  readonly settings: HomeSettings
  /** The clusters that this stack creates, by the name of the database. */
  readonly clusters: Readonly<Record<string, MadeCluster>>
}

export const parameterName = (name: string): string => `/batchquery/${name}`

/** No SecureString, because URLs here have no password. */
export function createParameter(scope: Construct, document: DiscoveryDocument): StringParameter {
  return new StringParameter(scope, 'Parameter', {
    parameterName: parameterName(document.name),
    description: 'batchquery: the settings by which the command line finds this stack',
    stringValue: Stack.of(scope).toJsonString(document),
    // With many databases it exceeds the size of a standard parameter.
    tier: ParameterTier.INTELLIGENT_TIERING,
  })
}

/**
 * Writes batchquery.yaml to the home bucket, and again whenever it changes. It stays with the bucket. This takes one
 * PutObject with the right to that one key. A BucketDeployment would need the whole AWS command line, and rights to
 * the whole bucket.
 */
export function createSettingsFile(
  scope: Construct,
  bucket: IBucket,
  key: IKey | undefined,
  settings: HomeSettings,
): AwsCustomResource {
  const object = 'batchquery.yaml'
  const put = {
    service: 'S3',
    action: 'PutObject',
    parameters: {
      Bucket: bucket.bucketName,
      Key: object,
      ContentType: 'application/yaml',
      Body: Stack.of(scope).toJsonString(settings, 2),
    },
    physicalResourceId: PhysicalResourceId.of(object),
    // No part of the answer is used.
    outputPaths: ['ETag'],
  }
  const statements = [
    new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(object)] }),
    ...(key ? [keyStatement(key, scope)] : []),
  ]
  const file = new AwsCustomResource(scope, 'SettingsFile', {
    resourceType: 'Custom::BatchQuerySettings',
    onCreate: put,
    onUpdate: put,
    policy: AwsCustomResourcePolicy.fromStatements(statements),
    installLatestAwsSdk: false,
  })
  // The role of the function. A stack has one function for all custom resources of this kind.
  const { grantPrincipal: role } = file
  if (Construct.isConstruct(role))
    explainRule(role, `IAM4[Policy::${LAMBDA_LOGS}]`, 'it lets the AWS CDK’s own function write its log')
  return file
}
