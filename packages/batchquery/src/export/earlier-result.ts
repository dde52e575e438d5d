import type { StagedExport } from '../journal/index.ts'
import type { ObjectInfo } from '../store/store.ts'
import type { Destination } from './destination.ts'
import { isPartKey, manifestKey, parsePartKey, partsPrefix } from './part-names.ts'

type Prefix = Pick<Destination, 'store' | 'bucket' | 'prefix'>

/**
 * Lists the parts at a destination that belong to an export, or that it replaces: under OVERWRITE PARTITIONS those of its partitions,
 * otherwise all. The object of SINGLE ON is not listed, because the commit itself replaces it.
 *
 * @returns a listing for each place
 */
export function partListings(
  destination: Prefix,
  { single, replaces, parts }: Pick<StagedExport, 'single' | 'replaces' | 'parts'>,
): readonly AsyncIterable<ObjectInfo>[] {
  if (single) return []
  if (replaces !== 'PARTITIONS') return [listParts(destination)]
  const partitions = parts.map(({ token }) => parsePartKey(destination.prefix, token.key)?.partition ?? '')
  return [...new Set(partitions)].map(partition => listTree(destination, partition))
}

/** Finds an object of a result at the destination: a part, or the manifest. Null if there is none. */
export async function findEarlier(
  { store, bucket, prefix }: Prefix,
  single: boolean,
): Promise<string | null> {
  if (!single) for await (const { key } of listParts({ store, bucket, prefix })) return key
  const others = single ? [prefix, manifestKey(prefix)] : [manifestKey(prefix)]
  for (const key of others) if ((await store.head({ bucket, key })) !== null) return key
  return null
}

/** So many keys, as many as S3 lists at once, are read before a folder is skipped, because that costs a request. */
const SKIPPED_AFTER = 1_000

/** Lists the parts of the result that is at a prefix, of every layout but SINGLE, in the order of their keys' bytes. */
export async function* listParts({ store, bucket, prefix }: Prefix): AsyncGenerator<ObjectInfo> {
  for await (const info of store.list(bucket, partsPrefix(prefix)))
    if (isPartKey(prefix, info.key)) yield info
  yield* listTree({ store, bucket, prefix }, '')
}

/**
 * Lists the parts of the partitions of a result.
 *
 * @param partition lists only the parts in this folder and in the folders below it
 */
async function* listTree({ store, bucket, prefix }: Prefix, partition: string): AsyncGenerator<ObjectInfo> {
  const folder = partition === '' ? `${prefix}/` : `${prefix}/${partition}/`
  let after: string | null = ''
  while (after !== null) {
    const keys = store.list(bucket, folder, after)
    after = null
    const foreign = { folder: '', keys: 0 }
    for await (const info of keys) {
      if (isPartKey(prefix, info.key)) {
        yield info
        continue
      }
      const found = foreignFolder(prefix, info.key)
      if (found === null) continue
      foreign.keys = found === foreign.folder ? foreign.keys + 1 : 1
      foreign.folder = found
      // "0" follows "/". The key itself is not listed, so it must not be that of a part.
      if (foreign.keys < SKIPPED_AFTER || isPartKey(prefix, `${found}0`)) continue
      after = `${found}0`
      break
    }
  }
}

/** The outermost folder on the way to a key that cannot have parts, because it is not a partition: the key of the folder, without a slash. */
function foreignFolder(prefix: string, key: string): string | null {
  const folders = key
    .slice(prefix.length + 1)
    .split('/')
    .slice(0, -1)
  const at = folders.findIndex(folder => !/^[^=]+=/.test(folder))
  return at === -1 ? null : `${prefix}/${folders.slice(0, at + 1).join('/')}`
}
