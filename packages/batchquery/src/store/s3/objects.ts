import { randomBytes } from 'node:crypto'
import type { ObjectAddress, ObjectInfo, WrittenObject } from '../store.ts'
import { isAnswer } from './errors.ts'
import { failureOf } from './failure.ts'
import type { S3Commands } from './s3-commands.ts'
import { doingIn, doingTo, type S3Service } from './service.ts'

export interface FoundObject {
  readonly info: ObjectInfo
  /** The object's own metadata, by lower-case names. */
  readonly metadata: Readonly<Record<string, string>>
  readonly version: string | null
}

/** The fields of an answer that describe an object, as the SDK names them. */
interface Told {
  readonly ContentLength?: number
  readonly LastModified?: Date
  readonly VersionId?: string
}

/** S3's headers have the time in seconds, and some servers' listings are more precise. */
export function infoOf(key: string, { ContentLength, LastModified, VersionId }: Told): ObjectInfo {
  const seconds = Math.floor((LastModified?.getTime() ?? 0) / 1000)
  return {
    key,
    bytes: ContentLength ?? 0,
    lastModified: new Date(seconds * 1000),
    versionId: VersionId ?? null,
  }
}

/** @throws BUCKET_NOT_FOUND, although the answer to HEAD is the same as for a missing object */
export async function findObject(service: S3Service, address: ObjectAddress): Promise<FoundObject | null> {
  const { bucket, key } = address
  const doing = doingTo('look at', 's3:GetObject', address)
  try {
    const answer = await service.call(bucket, doing, s3 => headOrReason(s3, address))
    return { info: infoOf(key, answer), metadata: answer.Metadata ?? {}, version: versionOf(answer) }
  } catch (thrown) {
    if (!isAnswer(thrown, 'NotFound', 'NoSuchKey')) throw thrown
    if (!service.isKnown(bucket)) await lookAtBucket(service, bucket)
    return null
  }
}

export async function lookAtBucket(service: S3Service, bucket: string): Promise<void> {
  const doing = doingIn('look at', 's3:ListBucket', bucket)
  await service.call(bucket, doing, s3 => s3.listObjectsV2({ Bucket: bucket, MaxKeys: 1 }))
}

/** The answer to HEAD has no body with the reason of a refusal. So this asks with GET for one byte, which needs the same right. */
async function headOrReason(s3: S3Commands, { bucket, key }: ObjectAddress) {
  const object = { Bucket: bucket, Key: key }
  try {
    return await s3.headObject(object)
  } catch (thrown) {
    const { code, status } = failureOf(thrown) ?? {}
    if (code === '' && (status === 400 || status === 403)) {
      const { Body } = await s3.getObject({ ...object, Range: 'bytes=0-0' })
      await Body?.transformToByteArray()
    }
    throw thrown
  }
}

export async function putObject(
  service: S3Service,
  address: ObjectAddress,
  bytes: Uint8Array,
): Promise<void> {
  const { bucket, key } = address
  const doing = doingTo('write', 's3:PutObject', address)
  await service.call(bucket, doing, s3 => s3.putObject({ Bucket: bucket, Key: key, Body: bytes }))
}

/** A mark in the metadata: by it a repeated write recognizes the object of an attempt whose answer was lost. */
const CREATED_BY = 'batchquery-created-by'

export async function createObject(
  service: S3Service,
  address: ObjectAddress,
  bytes: Uint8Array,
): Promise<boolean> {
  const { bucket, key } = address
  const mark = randomBytes(16).toString('hex')
  const object = { Bucket: bucket, Key: key, Body: bytes, Metadata: { [CREATED_BY]: mark } }
  const doing = doingTo('create', 's3:PutObject', address)
  try {
    await service.call(bucket, doing, s3 => s3.putObject({ ...object, IfNoneMatch: '*' }))
    return true
  } catch (thrown) {
    if (!isAnswer(thrown, 'PreconditionFailed')) throw thrown
    const found = await findObject(service, address)
    return found?.metadata[CREATED_BY] === mark
  }
}

/** The ETag without its quotation marks, because some servers do not recognize it with them. */
const versionOf = ({ ETag }: { readonly ETag?: string }): string | null => ETag?.replaceAll('"', '') ?? null

/**
 * Writes with `If-Match`, which Amazon S3 honors. An endpoint that ignores it replaces any version.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function putObjectOver(
  service: S3Service,
  address: ObjectAddress,
  bytes: Uint8Array,
  seen: string | null,
): Promise<WrittenObject | null> {
  const { bucket, key } = address
  const mark = randomBytes(16).toString('hex')
  const object = { Bucket: bucket, Key: key, Body: bytes, Metadata: { [CREATED_BY]: mark } }
  const condition = seen === null ? {} : { IfMatch: seen }
  const doing = doingTo('write', 's3:PutObject', address)
  try {
    const answer = await service.call(bucket, doing, s3 => s3.putObject({ ...object, ...condition }))
    return { version: versionOf(answer) }
  } catch (thrown) {
    if (seen === null || !isAnswer(thrown, 'PreconditionFailed', 'NoSuchKey')) throw thrown
    const found = await findObject(service, address)
    return found?.metadata[CREATED_BY] === mark ? { version: found.version } : null
  }
}

export async function deleteObject(service: S3Service, address: ObjectAddress): Promise<void> {
  const { bucket, key } = address
  const doing = doingTo('delete', 's3:DeleteObject', address)
  try {
    await service.call(bucket, doing, s3 => s3.deleteObject({ Bucket: bucket, Key: key }))
  } catch (thrown) {
    if (!isAnswer(thrown, 'NoSuchKey')) throw thrown
  }
}
