import type { ObjectInfo } from '../store.ts'
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
      yield infoOf(decoded(Key), { ContentLength: Size, LastModified })
    next = page.NextContinuationToken
  } while (next !== undefined)
}

/** As in a form: Amazon S3 writes a space as `+`, others as `%20`. */
const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '))
