import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StageToken } from '../store.ts'
import { hasErrno } from './errors.ts'
import { findFolder } from './folders.ts'
import { STAGING_FOLDER } from './paths.ts'
import { issueToken } from './staging-handle.ts'
import { stagedKey } from './staging-name.ts'

/** Lists what an owner has staged under a prefix, by the names of the staging files. */
export async function findLeftoverFiles(
  root: string,
  bucket: string,
  prefix: string,
  owner: string,
): Promise<readonly StageToken[]> {
  const folder = await findFolder(root, [bucket, STAGING_FOLDER])
  if (folder === null) return []
  const tokens: StageToken[] = []
  for (const name of await namesIn(folder)) {
    const key = stagedKey(name, owner, prefix)
    const stats = key === null ? null : await lstat(join(folder, name), { bigint: true }).catch(() => null)
    if (key === null || stats?.isFile() !== true) continue
    tokens.push(issueToken({ bucket, key }, owner, name, stats))
  }
  return tokens
}

/** As long as a live run may be silent. A write of a small object takes a fraction of it. */
const STALE_MS = 60_000

/**
 * Removes leftovers of writes whose process was killed. It ignores a file that it cannot remove.
 *
 * @param now by the clock of the filesystem
 */
export async function removeStale(
  folder: string,
  isOne: (name: string) => boolean,
  now: Date,
): Promise<void> {
  for (const name of (await namesIn(folder)).filter(isOne)) {
    const path = join(folder, name)
    const stats = await lstat(path).catch(() => null)
    if (stats?.isFile() && now.getTime() - stats.mtimeMs > STALE_MS)
      await rm(path, { force: true }).catch(() => {})
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    if (hasErrno(thrown, 'ENOENT', 'ENOTDIR')) return []
    throw thrown
  }
}
