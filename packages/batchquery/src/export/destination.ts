import type { Store } from '../store/store.ts'

/** The destination of an export: a prefix in a bucket of a store. */
export interface Destination {
  readonly store: Store
  readonly bucket: string
  readonly prefix: string
  /** The absolute URI for records: `s3://bucket/prefix` or `file:///folder/prefix`. */
  readonly uri: string
}

const PART_DIGITS = 5
const PART_SUFFIX = /^\.part_\d{5,}(?:\.gz|\.zst)?$/
const PART_EXTENSION = /\.part_\d{5,}(\.gz|\.zst)$/
const MANIFEST_SUFFIX = '.manifest'

/** Aurora's names: `<prefix>.part_00000` and so on, then the extension of the compression. */
export function partKey(prefix: string, index: number, extension: string): string {
  return `${prefix}.part_${String(index).padStart(PART_DIGITS, '0')}${extension}`
}

/** The extension that the compression adds to a part's name; empty if there is none. */
export const partExtension = (key: string): string => PART_EXTENSION.exec(key)?.[1] ?? ''

export function manifestKey(prefix: string): string {
  return `${prefix}${MANIFEST_SUFFIX}`
}

/** Whether a key names a part of any result at this destination. */
export const isPartKey = (prefix: string, key: string): boolean =>
  key.startsWith(prefix) && PART_SUFFIX.test(key.slice(prefix.length))

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
  for await (const { key } of store.list(bucket, `${prefix}.part_`))
    if (isPartKey(prefix, key)) parts.push(key)
  const manifest = manifestKey(prefix)
  const head = await store.head({ bucket, key: manifest })
  return { parts, manifest: head === null ? null : manifest }
}
