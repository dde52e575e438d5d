import { BatchQueryError } from '../../errors/index.ts'
import { inParallel } from '../../platform/index.ts'
import type { ObjectInfo } from '../../store/store.ts'
import type { Destination } from '../destination.ts'
import { namesOf } from './names.ts'
import { objectsAt } from './objects.ts'

const DELETES_AT_ONCE = 16

/**
 * Removes the objects that a server wrote for an export whose runner died. No process knows whether the server finished, so the next attempt
 * runs the export again.
 *
 * @param since the start of the export, by the store's clock
 * @param dialect the server's, which decides the names of its parts
 */
export async function removeNative(destination: Destination, since: Date, dialect: string): Promise<void> {
  const { store, bucket } = destination
  const objects = await findObjects(destination, dialect)
  const debris = objects.filter(
    ({ lastModified }) => lastModified.getTime() >= since.getTime() - (since.getTime() % 1_000),
  )
  await inParallel(debris, DELETES_AT_ONCE, ({ key }) => store.delete({ bucket, key }))
}

/** Empty if the bucket is gone. */
async function findObjects(destination: Destination, dialect: string): Promise<readonly ObjectInfo[]> {
  try {
    return [...(await objectsAt(destination, namesOf(dialect))).values()]
  } catch (thrown) {
    if (thrown instanceof BatchQueryError && thrown.code === 'BUCKET_NOT_FOUND') return []
    throw thrown
  }
}
