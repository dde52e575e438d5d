import type { CompletedPart, CreateMultipartUploadCommandInput, Part } from '@aws-sdk/client-s3'
import type { Encryption, ObjectAddress, StageToken } from '../store.ts'
import { ChunkBody, crc32Of, lengthOf, type Pieces } from './chunk-body.ts'
import { isAnswer } from './errors.ts'
import type { S3Commands } from './s3-commands.ts'
import { doingTo, type S3Service } from './service.ts'
import { issueToken, newStageId, OWNER, parseHandle, STAGE_ID } from './staging-handle.ts'

/*
 * The multipart upload of a staged object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */

/**
 * Begins an upload. If the answer is lost and the request is repeated, an upload without a chunk remains whose id no process knows. The
 * bucket's lifecycle rule, or `listStaged`, finds it.
 */
export async function beginUpload(
  service: S3Service,
  address: ObjectAddress,
  owner: string,
  encryption: Encryption | undefined,
): Promise<StageToken> {
  const { bucket, key } = address
  const stageId = newStageId()
  const doing = doingTo('write', 's3:PutObject', address)
  const { UploadId: uploadId = '' } = await service.call(bucket, doing, async s3 =>
    s3.createMultipartUpload({
      Bucket: bucket,
      Key: key,
      Metadata: { [OWNER]: owner, [STAGE_ID]: stageId },
      ...encryptionInput(encryption),
      ...(await checksumInput(s3)),
    }),
  )
  const token = issueToken(address, owner, { stageId, uploadId })
  parseHandle(token)
  return token
}

function encryptionInput(encryption: Encryption | undefined): Partial<CreateMultipartUploadCommandInput> {
  switch (encryption?.kind) {
    case undefined:
      return {}
    case 'SSE_S3':
      return { ServerSideEncryption: 'AES256' }
    case 'SSE_KMS':
      return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: encryption.keyId ?? undefined }
  }
}

/** Chunks have a CRC32 unless the SDK is configured otherwise. S3 must know at the beginning of the upload. */
async function checksumInput(s3: S3Commands): Promise<Partial<CreateMultipartUploadCommandInput>> {
  return (await wantsChecksums(s3)) ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}
}

const wantsChecksums = async (s3: S3Commands): Promise<boolean> =>
  (await s3.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED'

/**
 * @param number the number of the chunk, from 1
 * @param signal ends the request at once
 */
export async function sendChunk(
  service: S3Service,
  token: StageToken,
  number: number,
  pieces: Pieces,
  signal: AbortSignal,
): Promise<void> {
  const doing = doingTo(`write chunk ${number} of`, 's3:PutObject', token)
  const send = async (s3: S3Commands) => {
    const input = {
      ...uploadOf(token),
      PartNumber: number,
      Body: new ChunkBody(pieces),
      // The SDK knows neither for a stream: it would use the encoding aws-chunked, with the checksum at the end.
      ContentLength: lengthOf(pieces),
      ...((await wantsChecksums(s3)) ? { ChecksumCRC32: crc32Of(pieces) } : {}),
    }
    return s3.uploadPart(input, { abortSignal: signal })
  }
  await service.call(token.bucket, doing, send, signal)
}

/** The chunks that the store has, by number. Null if the upload no longer exists. */
export async function listChunks(
  service: S3Service,
  token: StageToken,
  pageSize: number,
): Promise<readonly Part[] | null> {
  const doing = doingTo('list the chunks of', 's3:ListMultipartUploadParts', token)
  const chunks: Part[] = []
  let after: string | undefined
  try {
    do {
      const page = await service.call(token.bucket, doing, s3 =>
        s3.listParts({ ...uploadOf(token), PartNumberMarker: after, MaxParts: pageSize }),
      )
      chunks.push(...(page.Parts ?? []))
      after = page.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (after !== undefined)
  } catch (thrown) {
    if (isGone(thrown)) return null
    throw thrown
  }
  return chunks
}

/** Whether an upload has a chunk. Null if the upload no longer exists. */
export async function findUpload(service: S3Service, token: StageToken): Promise<'empty' | 'begun' | null> {
  const doing = doingTo('list the chunks of', 's3:ListMultipartUploadParts', token)
  try {
    const { Parts = [] } = await service.call(token.bucket, doing, s3 =>
      s3.listParts({ ...uploadOf(token), MaxParts: 1 }),
    )
    return Parts.length === 0 ? 'empty' : 'begun'
  } catch (thrown) {
    if (isGone(thrown)) return null
    throw thrown
  }
}

/** An upload can be completed once. A repeated request does nothing, or S3 refuses it. */
export async function completeUpload(
  service: S3Service,
  token: StageToken,
  chunks: readonly Part[],
  mustNotExist: boolean,
): Promise<void> {
  const doing = doingTo('commit', 's3:PutObject', token)
  const parts: CompletedPart[] = chunks.map(({ PartNumber, ETag, ChecksumCRC32 }) => ({
    PartNumber,
    ETag,
    ChecksumCRC32,
  }))
  await service.call(token.bucket, doing, s3 =>
    s3.completeMultipartUpload({
      ...uploadOf(token),
      MultipartUpload: { Parts: parts },
      IfNoneMatch: mustNotExist ? '*' : undefined,
    }),
  )
}

/** Returns false if the upload or its bucket no longer exists. */
export async function abortUpload(service: S3Service, token: StageToken): Promise<boolean> {
  const doing = doingTo('abort the upload of', 's3:AbortMultipartUpload', token)
  try {
    await service.call(token.bucket, doing, s3 => s3.abortMultipartUpload(uploadOf(token)))
    return true
  } catch (thrown) {
    if (isGone(thrown) || isAnswer(thrown, 'NoSuchBucket')) return false
    throw thrown
  }
}

/** The upload was completed or aborted. radosgw answers NoSuchKey. */
export const isGone = (thrown: unknown): boolean => isAnswer(thrown, 'NoSuchUpload', 'NoSuchKey')

function uploadOf(token: StageToken) {
  return { Bucket: token.bucket, Key: token.key, UploadId: parseHandle(token).uploadId }
}
