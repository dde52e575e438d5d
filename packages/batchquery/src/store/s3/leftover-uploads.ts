import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3'
import { inParallel } from '../../platform/index.ts'
import type { StageToken } from '../store.ts'
import { isAnswer } from './errors.ts'
import { findUpload } from './multipart.ts'
import { doingIn, type S3Service } from './service.ts'
import { issueToken } from './staging-handle.ts'

const AT_ONCE = 16
/** S3 does not show the metadata of an open upload, so its stage and owner are unknown. */
const UNKNOWN_STAGE = '0'.repeat(32)

/**
 * Lists the open uploads under a prefix that have no chunk yet; none if the bucket is gone. Their tokens serve `abort` only.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 *
 * @param pageSize uploads in an answer, 1,000 at most
 */
export async function* listEmptyUploads(
  service: S3Service,
  bucket: string,
  prefix: string,
  owner: string,
  pageSize: number,
): AsyncGenerator<StageToken> {
  let after: Markers | null = {}
  while (after !== null) {
    const page = await listUploads(service, bucket, prefix, pageSize, after)
    const empty: StageToken[] = []
    await inParallel(page.Uploads ?? [], AT_ONCE, async ({ Key: key = '', UploadId: uploadId = '' }) => {
      const token = issueToken({ bucket, key }, owner, { stageId: UNKNOWN_STAGE, uploadId })
      if ((await findUpload(service, token)) === 'empty') empty.push(token)
    })
    yield* empty
    const { NextKeyMarker = '', NextUploadIdMarker = '' } = page
    after = page.IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null
  }
}

/** The position of the next page. */
interface Markers {
  readonly KeyMarker?: string
  readonly UploadIdMarker?: string
}

async function listUploads(
  service: S3Service,
  bucket: string,
  prefix: string,
  pageSize: number,
  after: Markers,
): Promise<ListMultipartUploadsCommandOutput> {
  const doing = doingIn(`list the uploads of "${prefix}*" in`, 's3:ListBucketMultipartUploads', bucket)
  try {
    return await service.call(bucket, doing, s3 =>
      s3.listMultipartUploads({ Bucket: bucket, Prefix: prefix, MaxUploads: pageSize, ...after }),
    )
  } catch (thrown) {
    if (isAnswer(thrown, 'NoSuchBucket')) return { $metadata: {} }
    throw thrown
  }
}
