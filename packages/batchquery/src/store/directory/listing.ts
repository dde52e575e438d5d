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
  /** The key of an object; for a folder the prefix of its keys. */
  readonly key: string
  /** The key's bytes, a character each. Keys are sorted by them: `a.b` before `a/b`. */
  readonly bytes: string
  readonly isFolder: boolean
}

/** How many files a long iteration looks at together. */
const MOST_TOGETHER = 64

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
 * Reads a folder when the iteration reaches it, and keeps the entries of the folders above it in memory. It skips folders that
 * cannot have a wanted key. It looks at files shortly before their turn: one, two, four at a time and so on. So an iteration
 * that ends early has looked at few files, and a long one does not wait for each. It leaves out files that vanish meanwhile.
 */
class Listing {
  /** The folders that the prefix names, to start in. Null if no key can begin with the prefix. */
  readonly #folders: readonly string[] | null
  readonly #prefix: string
  readonly #startAfter: string
  readonly #doing: string
  #together = 1

  constructor(prefix: string, startAfter: string, doing: string) {
    this.#folders = foldersOfPrefix(prefix)
    // As Node reads names: bytes that are not a character become U+FFFD.
    this.#prefix = Buffer.from(prefix).toString()
    this.#startAfter = bytesOf(startAfter)
    this.#doing = doing
  }

  async *objects(root: string, bucket: string): AsyncGenerator<ObjectInfo> {
    const folders = this.#folders
    if (folders === null) return
    const folder = await explained(this.#doing, () => findFolder(root, [bucket, ...folders]))
    if (folder !== null) yield* this.#folder(folder, folders.map(name => `${name}/`).join(''))
  }

  async *#folder(folder: string, folderKey: string): AsyncGenerator<ObjectInfo> {
    const entries = await this.#entries(folder, folderKey)
    for (let at = 0; at < entries.length; ) {
      const { name, key, isFolder } = entries[at]
      if (isFolder) {
        yield* this.#folder(join(folder, name), key)
        at++
      } else {
        const files = this.#filesFrom(entries, at)
        yield* await this.#look(folder, files)
        at += files.length
      }
    }
  }

  /** The next files, up to a folder. */
  #filesFrom(entries: readonly Entry[], at: number): readonly Entry[] {
    const next = entries.slice(at, at + this.#together)
    this.#together = Math.min(2 * this.#together, MOST_TOGETHER)
    const end = next.findIndex(({ isFolder }) => isFolder)
    return end === -1 ? next : next.slice(0, end)
  }

  async #look(folder: string, files: readonly Entry[]): Promise<ObjectInfo[]> {
    const found = await Promise.all(
      files.map(async ({ name, key }) => {
        const stats = await this.#unlessVanished(() => lstat(join(folder, name)))
        return stats?.isFile() ? infoOf(key, stats) : null
      }),
    )
    return found.filter(info => info !== null)
  }

  async #entries(folder: string, folderKey: string): Promise<Entry[]> {
    const found = await this.#unlessVanished(() => readdir(folder, { withFileTypes: true }))
    return (found ?? [])
      .filter(entry => isOurs(entry, folderKey) && `${folderKey}${entry.name}`.startsWith(this.#prefix))
      .map(entry => entryOf(entry, folderKey))
      .filter(entry => this.#isWanted(entry))
      .sort((one, other) => (one.bytes < other.bytes ? -1 : 1))
  }

  #isWanted({ bytes, isFolder }: Entry): boolean {
    // Another program created it: nothing in it has a key.
    if (bytes.length > MAX_KEY_BYTES) return false
    if (bytes > this.#startAfter) return true
    return isFolder && this.#startAfter.startsWith(bytes)
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

/** Links, pipes and the store's own folder are not objects. */
function isOurs(entry: Dirent, folderKey: string): boolean {
  if (entry.isFile()) return true
  return entry.isDirectory() && !(folderKey === '' && entry.name === STAGING_FOLDER)
}

function entryOf(entry: Dirent, folderKey: string): Entry {
  const isFolder = entry.isDirectory()
  const key = `${folderKey}${entry.name}${isFolder ? '/' : ''}`
  return { name: entry.name, isFolder, key, bytes: bytesOf(key) }
}

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')
