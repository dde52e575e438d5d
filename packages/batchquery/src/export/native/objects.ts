import { BatchQueryError } from '../../errors/index.ts'
import type { ObjectInfo } from '../../store/store.ts'
import type { Destination } from '../destination.ts'
import type { ObjectNames } from './names.ts'

/** The parts and the manifest at a destination, by their keys. */
export async function objectsAt(
  destination: Destination,
  names: ObjectNames,
): Promise<ReadonlyMap<string, ObjectInfo>> {
  const { store, bucket, prefix } = destination
  const found = new Map<string, ObjectInfo>()
  for await (const info of names.parts(destination)) found.set(info.key, info)
  const manifest = names.manifest === null ? null : await store.head({ bucket, key: names.manifest(prefix) })
  if (manifest !== null) found.set(manifest.key, manifest)
  return found
}

/** Under OVERWRITE OFF, a result at the destination is a conflict. @throws OUTPUT_EXISTS */
export function refuseObjects(
  found: ReadonlyMap<string, ObjectInfo>,
  { uri }: Destination,
  overwrite: boolean,
): void {
  const [first] = found.keys()
  if (first === undefined || overwrite) return
  throw new BatchQueryError('OUTPUT_EXISTS', `${uri} already has a result (${first})`, {
    hint: 'Add OVERWRITE ON to replace it, or choose another prefix.',
  })
}

/** The objects that are new, or were replaced. */
export function changedSince(
  before: ReadonlyMap<string, ObjectInfo>,
  now: ReadonlyMap<string, ObjectInfo>,
): readonly ObjectInfo[] {
  return [...now.values()].filter(({ key, bytes, lastModified }) => {
    const earlier = before.get(key)
    return earlier?.bytes !== bytes || earlier.lastModified.getTime() !== lastModified.getTime()
  })
}
