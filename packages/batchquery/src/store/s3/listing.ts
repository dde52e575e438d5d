import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import type { ObjectInfo } from '../store.ts'
import { formatS3Uri } from './address.ts'
import { infoOf } from './objects.ts'
import { doingIn, type S3Service } from './service.ts'

export interface Listing {
  readonly bucket: string
  readonly prefix: string
  readonly startAfter: string
  /** Keys in an answer, 1,000 at most. */
  readonly pageSize: number
}

export async function* listObjects(service: S3Service, listing: Listing): AsyncGenerator<ObjectInfo> {
  const { bucket, prefix, startAfter, pageSize } = listing
  const doing = doingIn(`list "${prefix}*" in`, 's3:ListBucket', bucket)
  let next: string | undefined
  do {
    const page = await service.call(bucket, doing, s3 =>
      s3.listObjectsV2({
        Bucket: bucket,
        Prefix: prefix,
        ...(startAfter === '' ? {} : { StartAfter: startAfter }),
        ContinuationToken: next,
        MaxKeys: pageSize,
        // XML has no way to write most control characters.
        EncodingType: 'url',
      }),
    )
    for (const { Key = '', Size, LastModified } of page.Contents ?? [])
      yield infoOf(page.EncodingType === 'url' ? decoded(Key, bucket) : Key, {
        ContentLength: Size,
        LastModified,
      })
    next = page.NextContinuationToken
  } while (next !== undefined)
}

/**
 * Decodes a key as in a form: Amazon S3 writes a space as `+`, others as `%20`. Call it only if the answer says that its keys are
 * encoded. Some servers do not encode them, and `+` and `%` would become other characters.
 *
 * @throws STORE_FAILED if the answer says so, and the key is not encoded
 */
function decoded(key: string, bucket: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch (cause) {
    throw new BatchQueryError(
      'STORE_FAILED',
      `The listing of ${formatS3Uri({ bucket })} has the key ${quoted(key)}, although it announces URL-encoded keys.`,
      { hint: 'Use keys without "%" in this store, or use another store.', retryable: false, cause },
    )
  }
}
