import type { StoreScheme } from '../scheme.ts'
import { formatS3Uri, isS3Uri, parseS3Uri } from './address.ts'
import { S3Store } from './s3-store.ts'

const SETTING = 's3'

/**
 * Amazon S3, or the endpoint that AWS_ENDPOINT_URL_S3 names. Its addresses are those of Aurora's statement, so every home store
 * takes them as its own: a task that was tried on a directory runs on S3 unchanged.
 */
export const s3Scheme: StoreScheme = {
  isAddress: isS3Uri,
  locate(text, { store }) {
    const { bucket, key, region } = parseS3Uri(text)
    const uri = region === null ? store.uriOf({ bucket, key }) : formatS3Uri({ bucket, key }, region)
    return { store, bucket, key, uri }
  },
  namesFiles: false,

  // `s3`, and what a user may write by mistake: `S3`, `s3/`, `s3://BUCKET`.
  isSetting: text => /^s3(?:\/*$|[^/]*:)/i.test(text),
  settingForm: `${SETTING} for Amazon S3 (the bucket is a setting of its own)`,
  isUsable: setting => setting === SETTING,
  absoluteSetting: () => SETTING,
  open: (_, onRetry) => new S3Store({ onRetry }),
}
