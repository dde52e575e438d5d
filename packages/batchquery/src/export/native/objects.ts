import type { ObjectInfo } from '../../store/store.ts'
import { type Destination, isPartKey, manifestKey } from '../destination.ts'

/** The parts and the manifest at a destination, by their keys. */
export async function objectsAt({
  store,
  bucket,
  prefix,
}: Destination): Promise<ReadonlyMap<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>()
  for await (const info of store.list(bucket, `${prefix}.part_`))
    if (isPartKey(prefix, info.key)) found.set(info.key, info)
  const manifest = await store.head({ bucket, key: manifestKey(prefix) })
  if (manifest !== null) found.set(manifest.key, manifest)
  return found
}

/** What has come since, or was replaced. */
export function changedSince(
  before: ReadonlyMap<string, ObjectInfo>,
  now: ReadonlyMap<string, ObjectInfo>,
): readonly ObjectInfo[] {
  return [...now.values()].filter(({ key, bytes, lastModified }) => {
    const earlier = before.get(key)
    return earlier?.bytes !== bytes || earlier.lastModified.getTime() !== lastModified.getTime()
  })
}
