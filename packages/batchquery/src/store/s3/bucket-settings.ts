import type { BucketEncryption } from '../store.ts'
import { isAnswer } from './errors.ts'
import { doingIn, type S3Service } from './service.ts'

/** @throws PERMISSION without s3:GetBucketLocation */
export async function regionOf(service: S3Service, bucket: string): Promise<string> {
  const doing = doingIn('ask for the region of', 's3:GetBucketLocation', bucket)
  const { LocationConstraint: region } = await service.call(bucket, doing, s3 =>
    s3.getBucketLocation({ Bucket: bucket }),
  )
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
  if (region === 'EU') return 'eu-west-1'
  return region || 'us-east-1'
}

/**
 * Null if the bucket sets none.
 *
 * @throws PERMISSION without s3:GetEncryptionConfiguration
 */
export async function encryptionOf(service: S3Service, bucket: string): Promise<BucketEncryption | null> {
  const doing = doingIn('ask for the encryption of', 's3:GetEncryptionConfiguration', bucket)
  try {
    const { ServerSideEncryptionConfiguration: found } = await service.call(bucket, doing, s3 =>
      s3.getBucketEncryption({ Bucket: bucket }),
    )
    const { SSEAlgorithm, KMSMasterKeyID } = found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault ?? {}
    return SSEAlgorithm === undefined ? null : { algorithm: SSEAlgorithm, keyId: KMSMasterKeyID ?? null }
  } catch (thrown) {
    if (isAnswer(thrown, 'ServerSideEncryptionConfigurationNotFoundError')) return null
    throw thrown
  }
}

/**
 * After how many days the bucket aborts all incomplete uploads. Null for never.
 *
 * @throws PERMISSION without s3:GetLifecycleConfiguration
 */
export async function abortsUploadsAfterDays(service: S3Service, bucket: string): Promise<number | null> {
  const doing = doingIn('ask for the lifecycle rules of', 's3:GetLifecycleConfiguration', bucket)
  try {
    const { Rules: rules = [] } = await service.call(bucket, doing, s3 =>
      s3.getBucketLifecycleConfiguration({ Bucket: bucket }),
    )
    const days = rules.flatMap(({ Status, AbortIncompleteMultipartUpload, Prefix, Filter }) => {
      const isOfAll = (Filter?.Prefix ?? Prefix ?? '') === ''
      const after = AbortIncompleteMultipartUpload?.DaysAfterInitiation
      return Status === 'Enabled' && isOfAll && after !== undefined ? [after] : []
    })
    return days.length === 0 ? null : Math.min(...days)
  } catch (thrown) {
    if (isAnswer(thrown, 'NoSuchLifecycleConfiguration')) return null
    throw thrown
  }
}
