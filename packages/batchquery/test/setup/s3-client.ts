import { randomBytes } from 'node:crypto'
import { S3 } from '@aws-sdk/client-s3'
import { STS } from '@aws-sdk/client-sts'
import { afterAll, inject } from 'vitest'
import { runSecrets } from './secrets/run-secrets.ts'

// The tests' clients print no warning under Node 20, like the store's.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The tests' all-powerful user. */
export function adminCredentials(): Credentials {
  const { accessKeyId, secretAccessKey } = inject('s3')
  return { accessKeyId, secretAccessKey }
}

let admin: S3 | null = null

/** The tests' own client, straight to the server. */
export function adminClient(): S3 {
  const { endpoint, region } = inject('s3')
  admin ??= new S3({ endpoint, region, credentials: adminCredentials(), forcePathStyle: true })
  return admin
}

/** Makes an empty bucket. */
export async function makeBucket(): Promise<string> {
  const bucket = `test-${randomBytes(6).toString('hex')}`
  await adminClient().createBucket({ Bucket: bucket })
  return bucket
}

/** Removes a bucket with its objects, after a check that the objects of runs contain no secret. */
export async function dropBucket(bucket: string): Promise<void> {
  const s3 = adminClient()
  await lookAtRuns(bucket)
  for (;;) {
    const { Contents: objects = [] } = await s3.listObjectsV2({ Bucket: bucket })
    if (objects.length === 0) break
    const Objects = objects.map(({ Key }) => ({ Key }))
    await s3.deleteObjects({ Bucket: bucket, Delete: { Objects, Quiet: true } })
  }
  for (const { Key, UploadId } of await openUploads(bucket))
    await s3.abortMultipartUpload({ Bucket: bucket, Key, UploadId })
  await s3.deleteBucket({ Bucket: bucket })
}

async function lookAtRuns(bucket: string): Promise<void> {
  const { Contents: objects = [] } = await adminClient().listObjectsV2({ Bucket: bucket })
  runSecrets()?.look(`the keys of ${bucket}`, objects.map(({ Key }) => Key).join('\n'))
  for (const { Key } of objects.filter(({ Key }) => Key?.startsWith('runs/'))) {
    const { Body } = await adminClient().getObject({ Bucket: bucket, Key })
    runSecrets()?.look(`s3://${bucket}/${Key}`, (await Body?.transformToByteArray()) ?? '')
  }
}

/** Creates an empty bucket for the test file that calls it and removes it after the file's last test. */
export async function freshBucket(): Promise<string> {
  const bucket = await makeBucket()
  afterAll(() => dropBucket(bucket))
  return bucket
}

/** The multipart uploads of a bucket that are neither completed nor aborted. */
export async function openUploads(bucket: string): Promise<{ Key?: string; UploadId?: string }[]> {
  const { Uploads: uploads = [] } = await adminClient().listMultipartUploads({ Bucket: bucket })
  return uploads
}

/** The rights that a runner needs on its bucket, and no other rights. */
const TASK_ACTIONS = {
  bucket: ['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:GetBucketLocation'],
  objects: [
    's3:GetObject',
    's3:PutObject',
    's3:DeleteObject',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ],
}

/** Temporary credentials like those of a task: with the needed rights on one bucket, except `denied`. */
export async function taskCredentials(
  bucket: string,
  denied: readonly string[] = [],
): Promise<Required<Credentials>> {
  const { endpoint, region, roleArn } = inject('s3')
  const sts = new STS({ endpoint, region, credentials: adminCredentials() })
  const allow = (actions: readonly string[], resource: string) => ({
    Effect: 'Allow',
    Action: actions.filter(action => !denied.includes(action)),
    Resource: [resource],
  })
  const statements = [
    allow(TASK_ACTIONS.bucket, `arn:aws:s3:::${bucket}`),
    allow(TASK_ACTIONS.objects, `arn:aws:s3:::${bucket}/*`),
  ]
  const { Credentials: made } = await sts.assumeRole({
    RoleArn: roleArn,
    RoleSessionName: 'task',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  })
  sts.destroy()
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = made ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('AssumeRole gave no credentials')
  runSecrets()?.register(`the secret key of ${accessKeyId}`, secretAccessKey)
  runSecrets()?.register(`the session token of ${accessKeyId}`, sessionToken)
  return { accessKeyId, secretAccessKey, sessionToken }
}

/** The environment of a program with its store in a bucket: over verified TLS, with a task's rights. */
export async function taskEnvironment(bucket: string): Promise<NodeJS.ProcessEnv> {
  const { secureEndpoint, caFile, region } = inject('s3')
  const { accessKeyId, secretAccessKey, sessionToken } = await taskCredentials(bucket)
  return {
    AWS_ENDPOINT_URL_S3: secureEndpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    NODE_EXTRA_CA_CERTS: caFile,
    BATCHQUERY_STORE: 's3',
    BATCHQUERY_BUCKET: bucket,
  }
}
