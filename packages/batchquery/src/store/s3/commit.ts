import { BatchQueryError } from '../../errors/index.ts'
import type { StageState, StageToken } from '../store.ts'
import { formatS3Uri } from './address.ts'
import { isAnswer } from './errors.ts'
import { abortUpload, completeUpload, findUpload, isGone, listChunks } from './multipart.ts'
import { type FoundObject, findObject } from './objects.ts'
import type { S3Service } from './service.ts'
import { OWNER, parseHandle, STAGE_ID } from './staging-handle.ts'

/** Reports 'gone' also if the bucket is gone. */
export async function inspectStaged(
  service: S3Service,
  token: StageToken,
  bytes: number,
): Promise<StageState> {
  const isCommitted = async () => isOurs(token, bytes, await findObject(service, token))
  try {
    if (await isCommitted()) return 'committed'
    if ((await findUpload(service, token)) !== null) return 'staged'
    // Another process may have committed the object between the two looks.
    return (await isCommitted()) ? 'committed' : 'gone'
  } catch (thrown) {
    if (isAnswer(thrown, 'NoSuchBucket')) return 'gone'
    throw thrown
  }
}

/**
 * Continues where an earlier commit ended, in this process or in a dead one.
 *
 * @throws BatchQueryError OUTPUT_EXISTS, VERIFICATION as the contract says
 */
export async function commitStaged(
  service: S3Service,
  token: StageToken,
  bytes: number,
  mustNotExist: boolean,
  pageSize: number,
): Promise<void> {
  const chunks = await listChunks(service, token, pageSize)
  if (chunks === null) {
    if (isOurs(token, bytes, await findObject(service, token))) return
    throw notAsWritten(token, bytes, 'the upload no longer exists')
  }
  const staged = chunks.reduce((sum, { Size = 0 }) => sum + Size, 0)
  if (staged !== bytes) throw notAsWritten(token, bytes, `the upload has ${staged} bytes`)
  // For endpoints that ignore If-None-Match here. A short window remains.
  if (mustNotExist && (await findObject(service, token)) !== null) throw outputExists(token)
  try {
    await completeUpload(service, token, chunks, mustNotExist)
  } catch (thrown) {
    // Even after an error, an earlier attempt whose answer was lost may have succeeded.
    if (isOurs(token, bytes, await findObject(service, token))) return
    if (isAnswer(thrown, 'PreconditionFailed')) throw outputExists(token)
    throw isGone(thrown) ? notAsWritten(token, bytes, 'the upload no longer exists') : thrown
  }
}

const ABORTS = 3

/**
 * A chunk that arrives during the abort may remain, so this aborts the upload until it is gone. If the caller may not list chunks, a
 * second abort reports whether the upload is gone.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 *
 * @throws PERMISSION without s3:AbortMultipartUpload; STORE_FAILED if the upload still exists
 */
export async function abortStaged(service: S3Service, token: StageToken): Promise<void> {
  let isSeen = false
  for (let time = 1; time <= ABORTS; time++) {
    if (!(await abortUpload(service, token))) return
    try {
      if ((await findUpload(service, token)) === null) return
      isSeen = true
    } catch (thrown) {
      if (!(thrown instanceof BatchQueryError) || thrown.code !== 'PERMISSION') throw thrown
    }
  }
  // The store reported success each time.
  if (!isSeen) return
  throw new BatchQueryError(
    'STORE_FAILED',
    `The upload of ${formatS3Uri(token)} still exists after the abort.`,
    {
      hint: 'Abort it again later. Another process still sends chunks to it.',
    },
  )
}

function isOurs(token: StageToken, bytes: number, found: FoundObject | null): boolean {
  if (found === null || found.info.bytes !== bytes) return false
  const { [STAGE_ID]: stageId, [OWNER]: owner } = found.metadata
  return stageId === parseHandle(token).stageId && owner === token.owner
}

function notAsWritten(token: StageToken, bytes: number, found: string): BatchQueryError {
  return new BatchQueryError(
    'VERIFICATION',
    `Cannot commit ${formatS3Uri(token)}: ${bytes} bytes were written, but ${found}.`,
    {
      hint: 'Check whether another program changes the bucket, or a lifecycle rule aborts uploads too early. Then run the export again.',
    },
  )
}

function outputExists(token: StageToken): BatchQueryError {
  return new BatchQueryError('OUTPUT_EXISTS', `${formatS3Uri(token)} already exists.`, {
    hint: 'Replace it with OVERWRITE ON, or choose another destination.',
  })
}
