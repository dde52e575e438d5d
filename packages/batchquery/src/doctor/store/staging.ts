import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import type { Scratch } from './scratch.ts'

const CHUNK_BYTES = 512 * 1024
/** A folder of this machine gets more, to show that its filesystem has room. */
const CHUNKS_IN_FOLDER = 4

/**
 * Stages an object as a part of an export is staged, and aborts it: on S3 it begins, fills, lists and aborts a multipart upload.
 *
 * @throws VERIFICATION if the store has something else than what was sent; as `Store.stage` and `Store.abort`
 */
export async function stageAndAbort(scratch: Scratch): Promise<Finding> {
  const { store, owner } = scratch
  const address = scratch.address('staged')
  const object = await store.stage(address, owner)
  scratch.remember(object.token)
  const { folder, stagedObject } = store.capabilities
  const chunks = folder === null ? 1 : CHUNKS_IN_FOLDER
  for (let number = 0; number < chunks; number++) await object.write(Buffer.alloc(CHUNK_BYTES))
  await object.finish()
  const bytes = chunks * CHUNK_BYTES
  const before = await store.inspect(object.token, bytes)
  await store.abort(object.token)
  const after = await store.inspect(object.token, bytes)
  if (before !== 'staged' || after !== 'gone')
    throw new BatchQueryError(
      'VERIFICATION',
      `the part staged for ${store.uriOf(address)} was ${before} at first, and ${after} after the abort`,
      {
        hint: 'Find out whether another program changes this store. If not, use another store.',
      },
    )
  return { figure: `${stagedObject} of ${bytes.toLocaleString('en-US')} bytes, aborted without leftovers` }
}

/**
 * Lists what reap and a failed export look for.
 *
 * @throws as `Store.listStaged`
 */
export async function listStaged({ store, bucket, prefix, owner }: Scratch): Promise<Finding> {
  let count = 0
  for await (const _ of store.listStaged(bucket, prefix, owner)) count++
  return { figure: count === 0 ? 'no leftovers' : `${count} staged` }
}
