import type { Store } from '../store/store.ts'
import { isPartKey, manifestKey, partsPrefix } from './part-names.ts'

/** Where an export goes: a prefix in a bucket of a store. */
export interface Destination {
  readonly store: Store
  readonly bucket: string
  readonly prefix: string
  /** As recorded: absolute, `s3://bucket/prefix` or `file:///folder/prefix`. */
  readonly uri: string
}

/** The URI of a key that begins with the destination's prefix. */
export function uriOf(destination: Pick<Destination, 'uri' | 'prefix'>, key: string): string {
  return `${destination.uri}${key.slice(destination.prefix.length)}`
}

/** The parts and the manifest of an earlier result at a destination, and no other object. */
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
