import { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { BatchQueryError } from '../../errors/index.ts'
import type { ObjectAddress, ObjectInfo } from '../store.ts'
import { formatS3Uri } from './address.ts'
import { isAnswer } from './errors.ts'
import { infoOf } from './objects.ts'
import { doingTo, type S3Service } from './service.ts'

export interface OpenObject {
  readonly info: ObjectInfo
  /** The bytes that the caller asked for. The caller must iterate them. */
  readonly chunks: AsyncIterable<Uint8Array>
}

interface Range {
  readonly start: number
  /** The first byte after the range. @default - the range ends with the object */
  readonly end?: number | undefined
}

/** Null if the object does not exist. */
export async function openObject(
  service: S3Service,
  address: ObjectAddress,
  range: Range,
): Promise<OpenObject | null> {
  try {
    const answer = await get(service, address, range)
    return { info: infoOf(address.key, answer), chunks: readOn(service, address, range, answer) }
  } catch (thrown) {
    if (isAnswer(thrown, 'NoSuchKey')) return null
    // The object exists and ends before that byte.
    if (isAnswer(thrown, 'InvalidRange')) return { info: infoOf(address.key, {}), chunks: Readable.from([]) }
    throw thrown
  }
}

/** @param version the ETag that the object must still have */
function get(
  service: S3Service,
  address: ObjectAddress,
  { start, end }: Range,
  version?: string,
): Promise<GetObjectCommandOutput> {
  const doing = doingTo('read', 's3:GetObject', address)
  return service.call(address.bucket, doing, s3 =>
    s3.getObject({
      Bucket: address.bucket,
      Key: address.key,
      // A range would be invalid for an empty object.
      Range:
        start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? '' : end - 1}`,
      IfMatch: version,
    }),
  )
}

/** Yields the bytes of an answer. If it breaks off, another request continues at that byte. */
async function* readOn(
  service: S3Service,
  address: ObjectAddress,
  range: Range,
  first: GetObjectCommandOutput,
): AsyncGenerator<Uint8Array> {
  const doing = doingTo('read', 's3:GetObject', address)
  const end = range.start + (first.ContentLength ?? 0)
  let position = range.start
  let attempt = 1
  let answer = first
  for (;;) {
    try {
      for await (const chunk of bodyOf(answer)) {
        position += chunk.length
        attempt = 1
        yield chunk
      }
      if (position === end) return
      throw brokenOff(position, end)
    } catch (thrown) {
      refuseDamage(address, thrown)
      // All bytes arrived, and only the end of the connection failed.
      if (position === end) return
      await service.pause(doing, thrown, attempt++)
    }
    answer = await getRest(service, address, { ...range, start: position }, first)
  }
}

async function getRest(
  service: S3Service,
  address: ObjectAddress,
  rest: Range,
  first: GetObjectCommandOutput,
): Promise<GetObjectCommandOutput> {
  try {
    return await get(service, address, rest, first.ETag)
  } catch (thrown) {
    if (!isAnswer(thrown, 'PreconditionFailed', 'NoSuchKey')) throw thrown
    throw new BatchQueryError(
      'STORE_FAILED',
      `Cannot read ${formatS3Uri(address)} completely: the connection broke at byte ${rest.start}, and another program has replaced or deleted the object since.`,
      { hint: 'Read it again from the beginning.', cause: thrown },
    )
  }
}

/** In Node the SDK's body is a stream of buffers. It releases its connection when the iteration ends. */
function bodyOf({ Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  if (Body instanceof Readable) return Body
  throw new BatchQueryError('INTERNAL', 'The SDK returned no stream for GetObject.')
}

/** The SDK compares the bytes with the checksum of the answer when it has read them all. */
function refuseDamage(address: ObjectAddress, thrown: unknown): void {
  if (!(thrown instanceof Error) || !thrown.message.startsWith('Checksum mismatch')) return
  throw new BatchQueryError('VERIFICATION', `Cannot read ${formatS3Uri(address)}: ${thrown.message}`, {
    hint: 'Read it again. If that fails too, check the network and the store: the received bytes are not the stored ones.',
    cause: thrown,
  })
}

const brokenOff = (position: number, end: number): Error =>
  Object.assign(new Error(`the answer ended at byte ${position} of ${end}`), { code: 'ECONNRESET' })
