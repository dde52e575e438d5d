import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'
import { hasLoneSurrogate, keyFault } from '../key.ts'
import type { ObjectAddress } from '../store.ts'

/** The folder of a bucket for objects that are not committed yet. No key begins with this name, and no listing shows it. */
export const STAGING_FOLDER = '.batchquery-staging'

const MAX_NAME_BYTES = 255

/** The place of an object below the root. */
export interface ObjectPlace {
  readonly bucket: string
  /** The names of its folders, the bucket's first. */
  readonly folders: readonly string[]
  readonly name: string
}

/** @throws BatchQueryError KEY_INVALID if no file below the root can have the address */
export function placeOf(address: ObjectAddress): ObjectPlace {
  checkBucket(address.bucket)
  const names = address.key.split('/')
  const fault = keyFault(address.key) ?? firstFault(names) ?? stagingFault(names)
  if (fault !== null) {
    throw new BatchQueryError(
      'KEY_INVALID',
      `A directory cannot have the key ${quoted(address.key)}: ${fault}.`,
      {
        hint: 'Choose a key such as folder/name, each part a plain file name of at most 255 bytes.',
      },
    )
  }
  const folders = [address.bucket, ...names.slice(0, -1)]
  return { bucket: address.bucket, folders, name: names.at(-1) ?? '' }
}

/** @throws BatchQueryError KEY_INVALID if the bucket cannot be a folder of the root */
export function checkBucket(bucket: string): void {
  const fault = firstFault(bucket.split('/')) ?? (bucket.includes('/') ? 'it contains a slash' : null)
  if (fault === null) return
  throw new BatchQueryError(
    'KEY_INVALID',
    `A directory cannot have the bucket ${quoted(bucket)}: ${fault}.`,
    {
      hint: 'Choose a plain folder name of at most 255 bytes for the bucket.',
    },
  )
}

/**
 * The folder that has all keys of a prefix, as names below the bucket: `['a', 'b']` for `a/b/c`. Null if no object's key can begin
 * with the prefix.
 */
export function foldersOfPrefix(prefix: string): readonly string[] | null {
  const names = prefix.split('/').slice(0, -1)
  return (firstFault(names) ?? stagingFault(names)) === null ? names : null
}

function firstFault(names: readonly string[]): string | null {
  for (const name of names) {
    if (name === '') return 'it has an empty part'
    if (name === '.' || name === '..') return `it has the part "${name}"`
    if (name.includes('\0')) return 'it contains a NUL character'
    if (hasLoneSurrogate(name)) return 'it is not valid Unicode: it has half of a surrogate pair'
    const bytes = Buffer.byteLength(name)
    if (bytes > MAX_NAME_BYTES) return `it has a part of ${bytes} bytes, more than ${MAX_NAME_BYTES}`
  }
  return null
}

function stagingFault(names: readonly string[]): string | null {
  return names[0] === STAGING_FOLDER ? `${STAGING_FOLDER} is the store's own folder` : null
}
