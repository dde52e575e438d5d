import { fileURLToPath, pathToFileURL } from 'node:url'
import { locate, namesFiles, type Places, type Store } from '../store/index.ts'

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
export function uriOf({ uri, prefix }: Pick<Destination, 'uri' | 'prefix'>, key: string): string {
  const rest = key.slice(prefix.length)
  // A partition may have characters that a URL of a file escapes.
  return namesFiles(uri) ? pathToFileURL(`${fileURLToPath(uri)}${rest}`).href : `${uri}${rest}`
}
