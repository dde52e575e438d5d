import type { BigIntStats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BatchQueryError } from '../../errors/index.ts'
import { formatS3Uri } from '../s3/address.ts'
import type { StageState, StageToken } from '../store.ts'
import { hasErrno } from './errors.ts'
import { findFolder, syncFolder, whileFoldersVanish } from './folders.ts'
import { placeOf } from './paths.ts'
import { publish } from './publish.ts'
import { findStagingPath, removeStaging } from './staging.ts'
import { isSameFile, parseHandle, type StagingHandle } from './staging-handle.ts'

/** The files under the two names that a staged file may have. */
interface Found {
  readonly staging: FoundFile | null
  /** Null if the object is not the file that was staged, with all its bytes. */
  readonly object: FoundFile | null
}

interface FoundFile {
  readonly path: string
  readonly bytes: number
}

export async function inspectStaged(root: string, token: StageToken, bytes: number): Promise<StageState> {
  const { staging, object } = await findBoth(root, token, bytes)
  if (object !== null) return 'committed'
  return staging === null ? 'gone' : 'staged'
}

/**
 * Continues where an earlier commit ended, in this process or in a dead one.
 *
 * @throws BatchQueryError OUTPUT_EXISTS, VERIFICATION as the contract says, KEY_INVALID if a folder has the name
 */
export async function commitStaged(
  root: string,
  token: StageToken,
  bytes: number,
  mustNotExist: boolean,
): Promise<void> {
  const place = placeOf(token)
  await whileFoldersVanish(async () => {
    const { staging, object } = await findBoth(root, token, bytes)
    if (object !== null) return syncFolder(dirname(object.path))
    if (staging?.bytes !== bytes) throw notAsWritten(token, bytes, staging)
    if (await publish(root, place, staging.path, mustNotExist)) return
    // Another process may have committed this very file meanwhile.
    if ((await findBoth(root, token, bytes)).object === null) throw outputExists(token)
  })
  await removeStaging(root, place, parseHandle(token).name, place.folders.length)
}

/** Looks at the staging file first, because a commit by another process moves it to the place that is looked at next. */
async function findBoth(root: string, token: StageToken, bytes: number): Promise<Found> {
  const handle = parseHandle(token)
  const place = placeOf(token)
  const staging = await findFile(await findStagingPath(root, place, handle.name), handle)
  const folder = await findFolder(root, place.folders)
  const object = await findFile(folder === null ? null : join(folder, place.name), handle)
  return { staging, object: object?.bytes === bytes ? object : null }
}

async function findFile(path: string | null, handle: StagingHandle): Promise<FoundFile | null> {
  if (path === null) return null
  let stats: BigIntStats
  try {
    stats = await lstat(path, { bigint: true })
  } catch (thrown) {
    if (hasErrno(thrown, 'ENOENT', 'ENOTDIR')) return null
    throw thrown
  }
  return isSameFile(handle, stats) ? { path, bytes: Number(stats.size) } : null
}

function notAsWritten(token: StageToken, bytes: number, staging: FoundFile | null): BatchQueryError {
  const found =
    staging === null ? 'the staged file no longer exists' : `the staged file has ${staging.bytes} bytes`
  return new BatchQueryError(
    'VERIFICATION',
    `Cannot commit ${formatS3Uri(token)}: ${bytes} bytes were written, but ${found}.`,
    { hint: 'Find the program that changes the directory of the store. Then run the export again.' },
  )
}

function outputExists(token: StageToken): BatchQueryError {
  return new BatchQueryError('OUTPUT_EXISTS', `${formatS3Uri(token)} already exists.`, {
    hint: 'Replace it with OVERWRITE ON, or choose another destination.',
  })
}
