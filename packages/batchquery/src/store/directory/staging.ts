import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, open, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { StagedObject, StageToken } from '../store.ts'
import { explained } from './errors.ts'
import { findFolder, makeFolder, removeEmptyFolders, whileFoldersVanish } from './folders.ts'
import { type ObjectPlace, STAGING_FOLDER } from './paths.ts'
import { stagingName } from './staging-name.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

export interface StagingFile {
  readonly name: string
  readonly path: string
  readonly file: FileHandle
}

/**
 * Creates a file that no listing shows, on the filesystem of its bucket.
 *
 * @param owner null for an object that one call writes whole
 */
export async function openStagingFile(
  root: string,
  place: ObjectPlace,
  owner: string | null,
): Promise<StagingFile> {
  const key = [...place.folders.slice(1), place.name].join('/')
  const name = stagingName(owner, randomBytes(8).toString('hex'), key)
  return whileFoldersVanish(async () => {
    // An object that is written whole leaves this folder before a caller relies on it.
    const passing = owner === null ? 1 : 0
    const path = join(await makeFolder(root, stagingFolders(place), passing), name)
    return { name, path, file: await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666) }
  })
}

/** The path of a staging file. Null if its folder does not exist. */
export async function findStagingPath(
  root: string,
  place: ObjectPlace,
  name: string,
): Promise<string | null> {
  const folder = await findFolder(root, stagingFolders(place))
  return folder === null ? null : join(folder, name)
}

/** Removes a staging file, and every folder below the root that is then empty. */
export async function removeStaging(
  root: string,
  place: ObjectPlace,
  name: string,
  keep: number,
): Promise<void> {
  const path = await findStagingPath(root, place, name)
  if (path !== null) await rm(path, { force: true })
  await removeEmptyFolders(root, stagingFolders(place), 1)
  await removeEmptyFolders(root, place.folders, keep)
}

/**
 * Removes a staging file whose object exists now, so none of the object's folders is empty.
 *
 * @param isMoved whether the staging file has become the object, and is no longer here
 */
export async function removeDraft(path: string, isMoved: boolean): Promise<void> {
  if (!isMoved) await rm(path, { force: true })
  // It is gone, not empty, or this user may not remove it. That is not a failure: the object exists.
  await rmdir(dirname(path)).catch(() => {})
}

/** Writes all bytes. The system may write fewer at a time, and reports the reason at the next attempt. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done)
    done += bytesWritten
  }
}

/** Each call of `write` takes its place in the file at once, so several may be under way. */
export class StagedFile implements StagedObject {
  readonly token: StageToken
  readonly #file: FileHandle
  readonly #doing: string
  readonly #onFinished: () => void
  #end = 0
  /** The writes that are under way. These promises never reject, and a finished one is removed. */
  readonly #writing = new Set<Promise<void>>()
  #failed: { readonly reason: unknown } | null = null

  /**
   * @param doing as in "Cannot <doing>: ..."
   * @param onFinished is called when the file is complete and closed
   */
  constructor(token: StageToken, file: FileHandle, doing: string, onFinished: () => void) {
    this.token = token
    this.#file = file
    this.#doing = doing
    this.#onFinished = onFinished
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#end
    this.#end += bytes.byteLength
    const write = this.#attempt(() => writeFully(this.#file, bytes, position))
    const done = write.catch(() => {}).finally(() => this.#writing.delete(done))
    this.#writing.add(done)
    return write
  }

  async finish(): Promise<void> {
    await Promise.all(this.#writing)
    await this.#attempt(async () => {
      await this.#file.datasync()
      await this.#file.close()
    })
    this.#onFinished()
  }

  /** Closes the file when no write is under way. It may be repeated. */
  async close(): Promise<void> {
    await Promise.all(this.#writing)
    await this.#file.close()
  }

  /** After the first failure it tries nothing more, because the object has a hole. */
  async #attempt(operation: () => Promise<void>): Promise<void> {
    if (this.#failed !== null) throw this.#failed.reason
    try {
      await explained(this.#doing, operation)
    } catch (reason) {
      this.#failed ??= { reason }
      throw reason
    }
  }
}

const stagingFolders = (place: ObjectPlace): readonly string[] => [place.bucket, STAGING_FOLDER]
