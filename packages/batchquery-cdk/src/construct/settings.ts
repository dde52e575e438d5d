import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm'
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import type { MadeCluster } from '../databases/database.ts'
import { keyStatement } from './keys.ts'
import { explainRule } from './reasons.ts'

/** As cdk-nag writes it. */
const LAMBDA_LOGS = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

/** What batchquery.yaml says: the runner's and the command line's settings. JSON is YAML. */
export interface HomeSettings {
  readonly bucket: string
  readonly engine: 'fargate'
  /** The default; only where there is one database, as with several each task says which. */
  readonly database?: string
  readonly databases: Readonly<Record<string, { readonly url: string }>>
  readonly fargate: {
    readonly cluster: string
    readonly taskDefinition: string
    readonly container: string
    readonly subnets: readonly string[]
    readonly securityGroups: readonly string[]
    readonly assignPublicIp: boolean
  }
}

/** The parameter `/batchquery/NAME`: enough to find everything, with the right to read this one thing. */
export interface DiscoveryDocument {
  /** Grows only by a change that older readers would misread. */
  readonly version: 1
  readonly name: string
  readonly region: string
  readonly logGroup: string
  /** As in batchquery.yaml. */
  readonly settings: HomeSettings
  /** The clusters that this stack creates. The key is the name of the database. */
  readonly clusters: Readonly<Record<string, MadeCluster>>
}

export const parameterName = (name: string): string => `/batchquery/${name}`

/** Not what a secret would be kept in: URLs here have no password. */
export function createParameter(scope: Construct, document: DiscoveryDocument): StringParameter {
  return new StringParameter(scope, 'Parameter', {
    parameterName: parameterName(document.name),
    description: 'batchquery: where its command line finds this stack',
    stringValue: Stack.of(scope).toJsonString(document),
    // Many databases make it longer than a standard one may be.
    tier: ParameterTier.INTELLIGENT_TIERING,
  })
}

/**
 * Writes batchquery.yaml to the home bucket, and again whenever it changes; it stays with the bucket. One PutObject with the right
 * to that one key: a BucketDeployment would bring the whole AWS command line, and rights to the whole bucket.
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
    // The answer has nothing that is used.
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
  // Of the function, of which a stack has one for all of its kind.
  const { grantPrincipal: role } = file
  if (Construct.isConstruct(role))
    explainRule(role, `IAM4[Policy::${LAMBDA_LOGS}]`, 'it lets the AWS CDK’s own function write its log')
  return file
}
