import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import { bucketFault, keyFault } from './key.ts'
import type { ObjectAddress } from './store.ts'

/** `s3://bucket/key`, or with the bucket's region `s3-REGION://bucket/key`, as Aurora MySQL writes it. */
export interface S3Uri extends ObjectAddress {
  /** Null where the URI names none. */
  readonly region: string | null
}

const S3_URI = /^s3(?:-(?<region>[a-z0-9]+(?:-[a-z0-9]+){0,9}))?:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/s

/**
 * The key is taken as it stands: a URI of S3 knows neither percent signs, queries nor fragments.
 *
 * @throws BatchQueryError USAGE where the text has another form, KEY_INVALID where no store can hold the key
 */
export function parseS3Uri(text: string): S3Uri {
  const groups = S3_URI.exec(text)?.groups
  const { region = null, bucket, key } = groups ?? {}
  if (bucket === undefined || key === undefined) {
    throw new BatchQueryError('USAGE', `${quoted(text)} is not the address of an object.`, {
      hint: 'Write s3://BUCKET/KEY or, for a bucket in another region, s3-REGION://BUCKET/KEY.',
    })
  }
  refuse('bucket', text, bucketFault(bucket))
  refuse('key', text, keyFault(key))
  return { bucket, key, region }
}

function refuse(part: 'bucket' | 'key', text: string, fault: string | null): void {
  if (fault === null) return
  throw new BatchQueryError('KEY_INVALID', `The ${part} of ${quoted(text)} cannot be used: ${fault}.`, {
    hint: `Choose another ${part} for s3://BUCKET/KEY.`,
  })
}

/** The inverse of `parseS3Uri`. */
export function formatS3Uri(address: ObjectAddress, region: string | null = null): string {
  return `${region === null ? 's3' : `s3-${region}`}://${address.bucket}/${address.key}`
}
