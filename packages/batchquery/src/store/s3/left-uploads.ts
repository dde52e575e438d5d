import { inParallel } from '../../platform/index.ts'
import type { StageToken } from '../store.ts'
import { isGone } from './multipart.ts'
import { doingIn, doingTo, type S3Service } from './service.ts'
import { formatHandle } from './staging-handle.ts'

const AT_ONCE = 16
/** S3 tells nothing of the metadata of an upload that is open, so neither its stage nor its owner. */
const UNKNOWN_STAGE = '0'.repeat(32)

/**
 * The open uploads under a prefix that hold no chunk yet. Their tokens are good for an abort alone.
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
  const doing = doingIn(`list the uploads of "${prefix}*" in`, 's3:ListBucketMultipartUploads', bucket)
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | null = {}
  while (after !== null) {
    const marker: object = after
    const page = await service.call(bucket, doing, s3 =>
      s3.listMultipartUploads({ Bucket: bucket, Prefix: prefix, MaxUploads: pageSize, ...marker }),
    )
    const empty: StageToken[] = []
    await inParallel(page.Uploads ?? [], AT_ONCE, async ({ Key: key = '', UploadId: uploadId = '' }) => {
      const handle = formatHandle({ stageId: UNKNOWN_STAGE, uploadId })
      const token: StageToken = { kind: 's3', bucket, key, owner, handle }
      if (await isEmpty(service, token, uploadId)) empty.push(token)
    })
    yield* empty
    const { NextKeyMarker = '', NextUploadIdMarker = '' } = page
    after = page.IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null
  }
}

/** Not of one that has ended meanwhile. */
async function isEmpty(service: S3Service, token: StageToken, uploadId: string): Promise<boolean> {
  const { bucket, key } = token
  const doing = doingTo('list the chunks of', 's3:ListMultipartUploadParts', token)
  try {
    const { Parts = [] } = await service.call(bucket, doing, s3 =>
      s3.listParts({ Bucket: bucket, Key: key, UploadId: uploadId, MaxParts: 1 }),
    )
    return Parts.length === 0
  } catch (thrown) {
    if (isGone(thrown)) return false
    throw thrown
  }
}
