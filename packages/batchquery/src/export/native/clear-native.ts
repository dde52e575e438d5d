import { inParallel } from '../../platform/index.ts'
import type { Destination } from '../destination.ts'
import { namesOf } from './names.ts'
import { objectsAt } from './objects.ts'

const DELETES_AT_ONCE = 16

/**
 * Removes what a server wrote for an export whose runner died amid it. Whether it came to its end nobody has heard: the
 * next attempt runs it again.
 *
 * @param since by the store's clock, when it began
 * @param dialect of the server, which says how it names its parts
 */
export async function clearNative(destination: Destination, since: Date, dialect: string): Promise<void> {
  const { store, bucket } = destination
  const objects = [...(await objectsAt(destination, namesOf(dialect))).values()]
  const debris = objects.filter(
    ({ lastModified }) => lastModified.getTime() >= since.getTime() - (since.getTime() % 1_000),
  )
  await inParallel(debris, DELETES_AT_ONCE, ({ key }) => store.delete({ bucket, key }))
}
