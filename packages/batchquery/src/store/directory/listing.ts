import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_KEY_BYTES } from '../key.ts'
import type { ObjectInfo } from '../store.ts'
import { explained, hasErrno } from './errors.ts'
import { findFolder } from './folders.ts'
import { foldersOfPrefix, STAGING_FOLDER } from './paths.ts'

interface Entry {
  readonly name: string
  /** The key; of a folder, what the keys in it begin with. In this order keys ascend: `a.b` before `a/b`. */
  readonly key: Buffer
  readonly isFolder: boolean
}

export function infoOf(key: string, stats: Stats): ObjectInfo {
  return { key, bytes: stats.size, lastModified: stats.mtime, versionId: null }
}

/** @param doing as in "Cannot <doing>: ..." */
export function listObjects(
  root: string,
  bucket: string,
  prefix: string,
  startAfter: string,
  doing: string,
): AsyncIterable<ObjectInfo> {
  return new Listing(prefix, startAfter, doing).objects(root, bucket)
}

/**
 * Of one folder at a time the names are held in memory. Folders that cannot hold a wanted key are not read, a
 * file is looked at when its turn comes, and what vanishes meanwhile is left out.
 */
class Listing {
  /** Where to begin: the folders that the prefix names; null where no key can begin so. */
  readonly #folders: readonly string[] | null
  readonly #prefix: Buffer
  readonly #startAfter: Buffer
  readonly #doing: string

  constructor(prefix: string, startAfter: string, doing: string) {
    this.#folders = foldersOfPrefix(prefix)
    this.#prefix = Buffer.from(prefix)
    this.#startAfter = Buffer.from(startAfter)
    this.#doing = doing
  }

  async *objects(root: string, bucket: string): AsyncGenerator<ObjectInfo> {
    const folders = this.#folders
    if (folders === null) return
    const folder = await explained(this.#doing, () => findFolder(root, [bucket, ...folders]))
    if (folder !== null) yield* this.#folder(folder, folders.map(name => `${name}/`).join(''))
  }

  async *#folder(folder: string, folderKey: string): AsyncGenerator<ObjectInfo> {
    for (const { name, key, isFolder } of await this.#entries(folder, folderKey)) {
      const path = join(folder, name)
      if (isFolder) {
        yield* this.#folder(path, key.toString())
      } else {
        const stats = await this.#unlessVanished(() => lstat(path))
        if (stats?.isFile()) yield infoOf(key.toString(), stats)
      }
    }
  }

  async #entries(folder: string, folderKey: string): Promise<Entry[]> {
    const found = await this.#unlessVanished(() => readdir(folder, { withFileTypes: true }))
    return (found ?? [])
      .filter(entry => isOurs(entry, folderKey))
      .map(entry => entryOf(entry, folderKey))
      .filter(entry => this.#isWanted(entry))
      .sort((one, other) => Buffer.compare(one.key, other.key))
  }

  #isWanted({ key, isFolder }: Entry): boolean {
    // Somebody else made it: nothing in it has a key.
    if (key.length > MAX_KEY_BYTES) return false
    if (!key.subarray(0, this.#prefix.length).equals(this.#prefix)) return false
    if (Buffer.compare(key, this.#startAfter) > 0) return true
    return isFolder && this.#startAfter.subarray(0, key.length).equals(key)
  }

  async #unlessVanished<T>(look: () => Promise<T>): Promise<T | null> {
    return explained(this.#doing, async () => {
      try {
        return await look()
      } catch (thrown) {
        if (hasErrno(thrown, 'ENOENT', 'ENOTDIR')) return null
        throw thrown
      }
    })
  }
}

/** Links, pipes and the store's own folder are no objects. */
function isOurs(entry: Dirent, folderKey: string): boolean {
  if (entry.isFile()) return true
  return entry.isDirectory() && !(folderKey === '' && entry.name === STAGING_FOLDER)
}

function entryOf(entry: Dirent, folderKey: string): Entry {
  const isFolder = entry.isDirectory()
  return { name: entry.name, isFolder, key: Buffer.from(`${folderKey}${entry.name}${isFolder ? '/' : ''}`) }
}
