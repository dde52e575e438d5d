import type { Stats } from 'node:fs'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { explained, hasErrno } from './errors.ts'
import { findFolder } from './folders.ts'
import type { ObjectPlace } from './paths.ts'

/** The size of the buffers for reading and writing objects. */
export const CHUNK_BYTES = 1024 * 1024

// O_NONBLOCK: opening a named pipe must not block. It is then seen to be no file.
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

export interface OpenObject {
  readonly file: FileHandle
  readonly stats: Stats
}

/**
 * Opens an object. The handle does not show later changes. Null if the object does not exist.
 *
 * @throws BatchQueryError PERMISSION if a symbolic link is on the way, ELOOP if the object is one
 */
export async function openObject(root: string, place: ObjectPlace): Promise<OpenObject | null> {
  const folder = await findFolder(root, place.folders)
  if (folder === null) return null
  let file: FileHandle
  try {
    file = await open(join(folder, place.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (thrown) {
    // ENXIO: a socket.
    if (hasErrno(thrown, 'ENOENT', 'ENOTDIR', 'ENXIO')) return null
    throw thrown
  }
  const stats = await file.stat()
  if (stats.isFile()) return { file, stats }
  await file.close()
  return null
}

/**
 * Reads an open object from byte `start` on, up to byte `end`, and closes it.
 *
 * @param doing as in "Cannot <doing>: ..."
 */
export async function* readChunks(
  { file, stats }: OpenObject,
  { start, end }: { readonly start: number; readonly end: number },
  doing: string,
): AsyncGenerator<Uint8Array> {
  try {
    let position = start
    const last = Math.min(end, stats.size)
    while (position < last) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, last - position))
      const at = position
      const { bytesRead } = await explained(doing, () => file.read(chunk, 0, chunk.length, at))
      if (bytesRead === 0) return
      position += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
