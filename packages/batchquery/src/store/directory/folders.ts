import { type FileHandle, lstat, mkdir, open, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { hasErrno } from './errors.ts'

/**
 * Folders below a root. Every function walks a path from the root down and looks at each folder, so it follows no symbolic link
 * below the root; the root itself may be one. (A user who may rename folders under a running process can still trick it, because
 * Node has no openat.)
 *
 * Folders appear with their first object and disappear with the last, and several processes do both at once. So a folder may
 * vanish between any two steps: then the step fails with ENOENT, and `whileFoldersVanish` starts again.
 */

/** In each round another process has created or removed a folder. So many rounds in a row have another cause. */
const MOST_ROUNDS = 100

/** Repeats `operation` as long as a folder that it needs vanishes meanwhile. */
export async function whileFoldersVanish<T>(operation: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await operation()
    } catch (thrown) {
      if (!hasErrno(thrown, 'ENOENT') || round === MOST_ROUNDS) throw thrown
    }
  }
}

/**
 * The folder's path. Null if it does not exist.
 *
 * @throws BatchQueryError PERMISSION if a symbolic link is on the way
 */
export async function findFolder(root: string, names: readonly string[]): Promise<string | null> {
  const found = await existingFolders(root, names)
  return found.length === names.length ? join(root, ...names) : null
}

/**
 * Creates the folder and the missing folders above it, including the root. They survive a power cut.
 *
 * @param passing how many of the last names need not survive it
 * @returns the folder's path
 * @throws BatchQueryError PERMISSION if a symbolic link is on the way, STORE_FAILED if the root is a file;
 *   EEXIST if a file is on the way, ENOENT if a folder vanishes meanwhile
 */
export async function makeFolder(root: string, names: readonly string[], passing = 0): Promise<string> {
  const found = await existingFolders(root, names)
  if (found.length === 0) await makeRoot(root)
  let path = found.at(-1) ?? root
  for (const [level, name] of [...names.entries()].slice(found.length)) {
    const parent = path
    path = join(parent, name)
    try {
      await mkdir(path)
    } catch (thrown) {
      if (!hasErrno(thrown, 'EEXIST') || !(await isFolder(path))) throw thrown
    }
    if (level < names.length - passing) await syncFolder(parent)
  }
  return path
}

/** Removes the folder if it is empty, and the folders above it that become empty. It keeps the root and the first `keep` of `names`. */
export async function removeEmptyFolders(
  root: string,
  names: readonly string[],
  keep: number,
): Promise<void> {
  const found = await existingFolders(root, names)
  for (const path of found.slice(keep).reverse()) {
    try {
      await rmdir(path)
    } catch (thrown) {
      // It is not empty, or this user may not remove it. That is not a failure: the object is gone.
      if (!hasErrno(thrown, 'ENOENT')) return
    }
  }
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle
  try {
    folder = await open(path, 'r')
  } catch (thrown) {
    // Another process has removed the folder, so it has no names.
    if (hasErrno(thrown, 'ENOENT')) return
    throw thrown
  }
  try {
    await folder.sync()
  } catch (thrown) {
    // Some network filesystems have no such call for folders.
    if (!hasErrno(thrown, 'EINVAL', 'ENOTSUP')) throw thrown
  } finally {
    await folder.close()
  }
}

/** The paths of the folders that exist, the outermost first. */
async function existingFolders(root: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = []
  let path = root
  try {
    for (const name of names) {
      path = join(path, name)
      if (!(await isFolder(path))) break
      found.push(path)
    }
  } catch (thrown) {
    if (!hasErrno(thrown, 'ENOENT', 'ENOTDIR')) throw thrown
  }
  return found
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path)
  if (!stats.isSymbolicLink()) return stats.isDirectory()
  throw new BatchQueryError('PERMISSION', `"${path}" is a symbolic link, which a store never follows.`, {
    hint: 'Put a real folder there, or open the store at the directory that the link leads to.',
  })
}

async function makeRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true })
  } catch (thrown) {
    if (!hasErrno(thrown, 'EEXIST', 'ENOTDIR')) throw thrown
    throw new BatchQueryError('STORE_FAILED', `"${root}" cannot be the directory of a store: it is a file.`, {
      hint: 'Name another directory for the store.',
      retryable: false,
      cause: thrown,
    })
  }
}
