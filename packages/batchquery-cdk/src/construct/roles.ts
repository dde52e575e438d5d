import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { grantKey, grantReadingByKey, grantSecret } from './keys.ts'
import type { BatchQueryProps } from './props.ts'
import { explainWildcard } from './reasons.ts'

/**
 * The prefixes that the runner writes. Never `script/`, because the writer of a task decides what runs. A submitter
 * writes the record, a local file that runs, and the request to cancel. It also publishes or removes what a dead
 * runner left behind, also under `output/`.
 */
const PREFIXES = ['output/*', 'runs/*', 'index/*', 'locks/*']

/** Why the rights to a bucket have wildcards. */
export const OBJECTS = 'objects below a prefix of the one bucket; each action is named'

const OF_BUCKET = ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation']
/** The settings that `doctor` reads. */
const LOOKED_AT = ['s3:GetEncryptionConfiguration', 's3:GetLifecycleConfiguration']
const READ = ['s3:GetObject', 's3:GetObjectVersion']
const WRITE = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']

/** A role that only ECS tasks of this account may take. */
export function createTaskPrincipalRole(
  scope: Construct,
  id: string,
  description: string,
  roleName?: string,
): Role {
  const { partition, region, account } = Stack.of(scope)
  return new Role(scope, id, {
    description,
    ...(roleName !== undefined && { roleName }),
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
      },
    }),
  })
}

/** The keys that encrypt the bucket's objects now, or did before. */
export type Keys = Pick<BatchQueryProps, 'encryptionKey' | 'formerKeys'>

/** The rights of the runner, and therefore of every task. */
export function grantRunner(
  role: Role,
  bucket: IBucket,
  keys: Keys,
  logins: readonly string[],
  secrets: readonly ISecret[],
): void {
  for (const statement of storeStatements(bucket)) role.addToPolicy(statement)
  for (const prefix of ['*', ...PREFIXES]) explainWildcard(role, bucket.arnForObjects(prefix), OBJECTS)
  if (keys.encryptionKey) grantKey(role, keys.encryptionKey, role, 's3')
  for (const key of keys.formerKeys ?? []) grantReadingByKey(role, key, role)
  if (logins.length > 0)
    role.addToPolicy(new PolicyStatement({ actions: ['rds-db:connect'], resources: [...new Set(logins)] }))
  for (const secret of secrets) grantSecret(role, secret)
}

/** The store's part of the rights to submit, follow and cancel a run, and to run `doctor`. */
export const submitterStatements = (bucket: IBucket): PolicyStatement[] => [
  ...storeStatements(bucket),
  new PolicyStatement({ actions: LOOKED_AT, resources: [bucket.bucketArn] }),
]

const storeStatements = (bucket: IBucket): PolicyStatement[] => [
  new PolicyStatement({ actions: OF_BUCKET, resources: [bucket.bucketArn] }),
  new PolicyStatement({ actions: READ, resources: [bucket.arnForObjects('*')] }),
  new PolicyStatement({ actions: WRITE, resources: PREFIXES.map(prefix => bucket.arnForObjects(prefix)) }),
]
