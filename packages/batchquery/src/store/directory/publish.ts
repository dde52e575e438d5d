import { link, lstat, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { folderInTheWay, hasErrno, noObjectInTheWay } from './errors.ts'
import { findFolder, makeFolder, syncFolder } from './folders.ts'
import type { ObjectPlace } from './paths.ts'

/**
 * Makes a complete, synced staging file appear under its key, in one step of the filesystem:
 *
 *     exclusive: staging ──link──▶ staging and object ──removeStaging──▶ object
 *     else:      staging ──rename──▶ object
 *
 * When it returns true the object's name survives a power cut.
 *
 * @returns false where `exclusive` and another file has the name
 * @throws BatchQueryError KEY_INVALID where a folder has the name, or something that is no object; ENOENT where a folder, or the staging file,
 *   vanishes meanwhile
 */
export async function publish(
  root: string,
  place: ObjectPlace,
  staging: string,
  exclusive: boolean,
): Promise<boolean> {
  const folder = await makeFolder(root, place.folders)
  const object = join(folder, place.name)
  try {
    await (exclusive ? link(staging, object) : rename(staging, object))
  } catch (thrown) {
    if (hasErrno(thrown, 'EISDIR')) throw folderInTheWay(object)
    if (!hasErrno(thrown, 'EEXIST')) throw thrown
    const found = await lstat(object)
    if (found.isDirectory()) throw folderInTheWay(object)
    if (!found.isFile() && !found.isSymbolicLink()) throw noObjectInTheWay(object)
    return false
  }
  await syncFolder(folder)
  return true
}

/** Refuses early, before hours of writing, what `publish` could never do. */
export async function refuseClash(root: string, place: ObjectPlace): Promise<void> {
  // Without its bucket nothing is in the way; whether the root will do shows when the bucket is made.
  if ((await findFolder(root, [place.bucket])) === null) return
  const object = join(root, ...place.folders, place.name)
  try {
    // No symbolic link is on the way to what is looked at.
    await findFolder(root, place.folders)
    if ((await lstat(object)).isDirectory()) throw folderInTheWay(object)
  } catch (thrown) {
    if (!hasErrno(thrown, 'ENOENT')) throw thrown
  }
}
