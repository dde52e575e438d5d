import { locate, type Places, type Store } from '../store/index.ts'
import { isPartKey, manifestKey, partsPrefix } from './part-names.ts'

/** The destination of an export: a prefix in a bucket of a store. */
export interface Destination {
  readonly store: Store
  readonly bucket: string
  readonly prefix: string
  /** The absolute URI for records: `s3://bucket/prefix` or `file:///folder/prefix`. */
  readonly uri: string
}

/** The destination that a statement or a record names. @throws as `locate` */
export function resolveDestination(text: string, places: Places): Destination {
  const { store, bucket, key, uri } = locate(text, places)
  return { store, bucket, prefix: key, uri }
}

/** The URI of a key that begins with the destination's prefix. */
export function uriOf(destination: Pick<Destination, 'uri' | 'prefix'>, key: string): string {
  return `${destination.uri}${key.slice(destination.prefix.length)}`
}

/** The keys of an earlier result at the destination. Ignores other objects. */
export interface EarlierResult {
  readonly parts: readonly string[]
  readonly manifest: string | null
}

export async function earlierResult({ store, bucket, prefix }: Destination): Promise<EarlierResult> {
  const parts: string[] = []
  for await (const { key } of store.list(bucket, partsPrefix(prefix)))
    if (isPartKey(prefix, key)) parts.push(key)
  const manifest = manifestKey(prefix)
  const head = await store.head({ bucket, key: manifest })
  return { parts, manifest: head === null ? null : manifest }
}
