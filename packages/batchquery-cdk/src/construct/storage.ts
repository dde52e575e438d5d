import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { BatchQueryProps } from './props.ts'
import { explainRule } from './reasons.ts'

/** An upload is open from the first row of an export to the last. This is far above the longest export. */
const UPLOAD_DAYS = 7
const RUN_VERSIONS_DAYS = 30

/** The home bucket: `script/`, `output/`, `runs/`, `index/`, `locks/` and `batchquery.yaml`. */
export function createBucket(scope: Construct, name: string, props: BatchQueryProps): Bucket {
  const { account, region } = Stack.of(scope)
  const days = Duration.days(props.runVersionsDays ?? RUN_VERSIONS_DAYS)
  // A run replaces its record every ten seconds, so the versions would fill the bucket.
  const oldVersions = ['runs/', 'index/', 'locks/'].map(
    (prefix): LifecycleRule => ({
      id: `old-versions-${prefix.slice(0, -1)}`,
      prefix,
      noncurrentVersionExpiration: days,
      expiredObjectDeleteMarker: true,
    }),
  )
  const bucket = new Bucket(scope, 'Bucket', {
    bucketName: props.bucketName ?? `${name}-s3-${account}-${region}`,
    versioned: true,
    encryption: props.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    ...(props.encryptionKey && { encryptionKey: props.encryptionKey, bucketKeyEnabled: true }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [
      { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(UPLOAD_DAYS) },
      ...oldVersions,
    ],
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
  })
  explainRule(
    bucket,
    'S1',
    'records say who wrote what; access logs need a second bucket, which the owner may add',
  )
  return bucket
}
