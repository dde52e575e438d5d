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
 * If it returns true, the object's name survives a power cut.
 *
 * @returns false if `exclusive` and another file has the name
 * @throws BatchQueryError KEY_INVALID if a folder has the name, or something else that is not a file; ENOENT if a folder or the staging
 *   file vanishes meanwhile
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

/** Throws before hours of writing what `publish` would throw after them. */
export async function refuseClash(root: string, place: ObjectPlace): Promise<void> {
  // Nothing is in the way if the bucket does not exist. The root is checked when the bucket is created.
  if ((await findFolder(root, [place.bucket])) === null) return
  const object = join(root, ...place.folders, place.name)
  try {
    // This throws if a symbolic link is on the way.
    await findFolder(root, place.folders)
    if ((await lstat(object)).isDirectory()) throw folderInTheWay(object)
  } catch (thrown) {
    if (!hasErrno(thrown, 'ENOENT')) throw thrown
  }
}
