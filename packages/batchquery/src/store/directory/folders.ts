import { type FileHandle, lstat, mkdir, open, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { hasErrno } from './errors.ts'

/**
 * Folders below a root. A path is walked from the root down and every step looked at, so that no symbolic link
 * below the root is ever followed; the root itself may be one. (Who may rename folders under a running process
 * can still trick it: Node has no openat.)
 *
 * Folders come with the first object and go with the last, and several processes do both at once. So a folder
 * may vanish between any two steps: then the step fails with ENOENT, and `whileFoldersVanish` begins again.
 */

/** One more folder is made or removed beside us in each round, so this many in a row means something else. */
const MOST_ROUNDS = 100

/** Runs `operation` again as long as a folder that it needs vanishes under it. */
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
 * The folder's path, null where it does not exist.
 *
 * @throws BatchQueryError PERMISSION where a symbolic link is on the way
 */
export async function findFolder(root: string, names: readonly string[]): Promise<string | null> {
  const found = await existingFolders(root, names)
  return found.length === names.length ? join(root, ...names) : null
}

/**
 * The folder's path; it and the folders above it are made where they do not exist, the root too. They survive a power cut.
 *
 * @param passing how many of the last names need not survive it
 * @throws BatchQueryError PERMISSION where a symbolic link is on the way, STORE_FAILED where the root is a file;
 *   EEXIST where a file is on the way, ENOENT where a folder vanishes meanwhile
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

/** Removes the folder and those above it that become empty, as far as `keep` of `names`. Never the root. */
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
      // Not empty, or not ours to remove. That is no failure: what had to go is gone.
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
    // Removed by somebody since: nothing is left to keep.
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

/** The paths of those folders that exist, the outermost first. */
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
  throw new BatchQueryError('PERMISSION', `"${path}" is a symbolic link, and a store never follows one.`, {
    hint: 'Put a real folder there, or open the store at the directory that the link leads to.',
  })
}

async function makeRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true })
  } catch (thrown) {
    if (!hasErrno(thrown, 'EEXIST', 'ENOTDIR')) throw thrown
    throw new BatchQueryError(
      'STORE_FAILED',
      `"${root}" cannot be the directory of a store: a file is there.`,
      {
        hint: 'Name another directory for the store.',
        retryable: false,
        cause: thrown,
      },
    )
  }
}
