import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import { bucketFault, keyFault } from '../key.ts'
import type { ObjectAddress, ObjectOrBucket } from '../store.ts'

/** `s3://bucket/key`, or with the region of the bucket `s3-REGION://bucket/key`, as Aurora MySQL writes it. */
export interface S3Uri extends ObjectAddress {
  /** Null if the URI names none. */
  readonly region: string | null
}

const S3_URI = /^s3(?:-(?<region>[a-z0-9]+(?:-[a-z0-9]+){0,9}))?:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/s

/** Whether a text is meant as a URI of S3, also if something is wrong with it. */
export const isS3Uri = (text: string): boolean => /^s3[^/]*:\/\//.test(text)

/**
 * Reads a URI. It keeps the key unchanged: a URI of S3 has no percent signs, queries or fragments.
 *
 * @throws BatchQueryError USAGE if the text has another form, KEY_INVALID if no store can have the key
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
  throw new BatchQueryError('KEY_INVALID', `The ${part} of ${quoted(text)} is not valid: ${fault}.`, {
    hint: `Choose another ${part} for s3://BUCKET/KEY.`,
  })
}

/** The inverse of `parseS3Uri`. Without a key it is the URI of a bucket. */
export function formatS3Uri({ bucket, key }: ObjectOrBucket, region: string | null = null): string {
  const scheme = region === null ? 's3' : `s3-${region}`
  return key === undefined ? `${scheme}://${bucket}` : `${scheme}://${bucket}/${key}`
}
