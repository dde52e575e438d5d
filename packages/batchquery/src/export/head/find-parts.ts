import * as v from 'valibot'
import { BatchQueryError } from '../../errors/index.ts'
import { locate, namesFiles, type Places } from '../../store/index.ts'
import { readBounded } from '../../store/read-bounded.ts'
import type { Store } from '../../store/store.ts'
import { uriOf } from '../destination.ts'
import { listParts } from '../earlier-result.ts'
import { manifestKey } from '../part-names.ts'

/** A part of a result to read from. */
export interface HeadPart {
  readonly store: Store
  readonly bucket: string
  readonly key: string
  readonly uri: string
}

const MOST_MANIFEST_BYTES = 16 * 1024 * 1024
const MANIFEST_END = manifestKey('')

const manifest = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ entries: v.array(v.object({ url: v.string() })) }),
)

/**
 * Finds the parts at an address, in the order of their keys: an object, the parts that a manifest names, the parts of a result with this
 * prefix, or all files in the folder, except hidden ones. It lists only as far as the caller iterates.
 *
 * @throws as `locate`; VERIFICATION for an object that is named as a manifest and is none; the store's errors
 */
export async function* partsAt(address: string, places: Places): AsyncGenerator<HeadPart> {
  const { store, bucket, key, uri } = locate(address.replace(/(?<=[^/])\/+$/, ''), places)
  if ((await store.head({ bucket, key })) !== null) {
    if (key.endsWith(MANIFEST_END)) yield* partsOfManifest({ store, bucket, key, uri }, places)
    else yield { store, bucket, key, uri }
    return
  }
  const found = (partOf: string): HeadPart => ({
    ...{ store, bucket, key: partOf },
    uri: uriOf({ uri, prefix: key }, partOf),
  })
  let isEmpty = true
  for await (const part of listParts({ store, bucket, prefix: key })) {
    isEmpty = false
    yield found(part.key)
  }
  if (!isEmpty) return
  for await (const part of store.list(bucket, `${key}/`))
    if (isDataFile(part.key.slice(key.length + 1))) yield found(part.key)
}

/** Readers of datasets skip names that begin with a dot or an underscore. A partition's folder may begin with one. */
const isDataFile = (path: string): boolean =>
  path !== '' &&
  !path.endsWith('/') &&
  !path.endsWith(MANIFEST_END) &&
  path.split('/').every(name => !/^[._]/.test(name) || /^_[^=]*=/.test(name))

async function* partsOfManifest(
  { store, bucket, key, uri }: HeadPart,
  places: Places,
): AsyncGenerator<HeadPart> {
  const bytes = await readBounded(store, { bucket, key }, MOST_MANIFEST_BYTES)
  const read = v.safeParse(
    manifest,
    bytes === null || bytes === 'too large' ? '' : Buffer.from(bytes).toString(),
  )
  if (!read.success)
    throw new BatchQueryError(
      'VERIFICATION',
      `${uri} is no manifest: it has no list "entries" with a "url" each`,
      {
        hint: 'Name the result itself: its prefix, without .manifest.',
      },
    )
  for (const { url } of read.output.entries) {
    if (namesFiles(url) !== namesFiles(uri))
      throw new BatchQueryError(
        'VERIFICATION',
        `${uri} names a part in another store: ${JSON.stringify(url)}`,
        {
          hint: 'Name the part itself if you trust the manifest.',
        },
      )
    const { store, bucket, key, uri: partUri } = locate(url, places)
    yield { store, bucket, key, uri: partUri }
  }
}
