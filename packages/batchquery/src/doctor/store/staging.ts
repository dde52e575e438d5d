import { BatchQueryError } from '../../errors/index.ts'
import { formatS3Uri } from '../../store/index.ts'
import type { Finding } from '../check.ts'
import type { Scratch } from './scratch.ts'

/** S3 takes a last chunk of any size; a file is written as far as to tell that there is room. */
const CHUNKS = { s3: 1, directory: 4 }
const CHUNK_BYTES = 512 * 1024

/**
 * Stages an object as a part of an export is, and gives it up: on S3 a multipart upload that is begun, filled, listed
 * and aborted.
 *
 * @throws VERIFICATION where the store has something else than what was sent; as `Store.stage` and `Store.abort`
 */
export async function stageAndAbort(scratch: Scratch): Promise<Finding> {
  const { store, owner } = scratch
  const address = scratch.address('staged')
  const object = await store.stage(address, owner)
  scratch.remember(object.token)
  const chunks = CHUNKS[store.kind]
  for (let number = 0; number < chunks; number++) await object.write(Buffer.alloc(CHUNK_BYTES))
  await object.finish()
  const bytes = chunks * CHUNK_BYTES
  const before = await store.inspect(object.token, bytes)
  await store.abort(object.token)
  const after = await store.inspect(object.token, bytes)
  if (before !== 'staged' || after !== 'gone')
    throw new BatchQueryError(
      'VERIFICATION',
      `what was staged for ${formatS3Uri(address)} is ${before} first, and ${after} once it is aborted`,
      {
        hint: 'Something else works in this store, or it does not keep to its own contract: use another one.',
      },
    )
  const what = store.kind === 's3' ? 'an upload' : 'a file'
  return { figure: `${what} of ${bytes.toLocaleString('en-US')} bytes, aborted without a trace` }
}

/**
 * What reap and a failed export look for.
 *
 * @throws as `Store.listStaged`
 */
export async function listStaged({ store, bucket, prefix, owner }: Scratch): Promise<Finding> {
  let count = 0
  for await (const _ of store.listStaged(bucket, prefix, owner)) count++
  return { figure: count === 0 ? 'none is left' : `${count} left` }
}
