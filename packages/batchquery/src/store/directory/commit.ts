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

/** What stands under the two names that a staged file may have. */
interface Standing {
  readonly staging: StandingFile | null
  /** The object, only where it is the file that was staged, with all its bytes. */
  readonly object: StandingFile | null
}

interface StandingFile {
  readonly path: string
  readonly bytes: number
}

export async function inspectStaged(root: string, token: StageToken, bytes: number): Promise<StageState> {
  const { staging, object } = await standingOf(root, token, bytes)
  if (object !== null) return 'committed'
  return staging === null ? 'gone' : 'staged'
}

/**
 * Goes on from wherever an earlier commit ended, in this process or in one that died.
 *
 * @throws BatchQueryError OUTPUT_EXISTS, VERIFICATION as the contract says, KEY_INVALID where a folder has the name
 */
export async function commitStaged(
  root: string,
  token: StageToken,
  bytes: number,
  mustNotExist: boolean,
): Promise<void> {
  const place = placeOf(token)
  await whileFoldersVanish(async () => {
    const { staging, object } = await standingOf(root, token, bytes)
    if (object !== null) return syncFolder(dirname(object.path))
    if (staging?.bytes !== bytes) throw notAsWritten(token, bytes, staging)
    if (await publish(root, place, staging.path, mustNotExist)) return
    // The one that was quicker may have committed this very file.
    if ((await standingOf(root, token, bytes)).object === null) throw outputExists(token)
  })
  await removeStaging(root, place, parseHandle(token).name, place.folders.length)
}

/** Looks at the staging file first: a commit beside us only moves it to where we look next. */
async function standingOf(root: string, token: StageToken, bytes: number): Promise<Standing> {
  const handle = parseHandle(token)
  const place = placeOf(token)
  const staging = await standingFile(await findStagingPath(root, place, handle.name), handle)
  const folder = await findFolder(root, place.folders)
  const object = await standingFile(folder === null ? null : join(folder, place.name), handle)
  return { staging, object: object?.bytes === bytes ? object : null }
}

async function standingFile(path: string | null, handle: StagingHandle): Promise<StandingFile | null> {
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

function notAsWritten(token: StageToken, bytes: number, staging: StandingFile | null): BatchQueryError {
  const found = staging === null ? 'the staged file is gone' : `the staged file has ${staging.bytes} bytes`
  return new BatchQueryError(
    'VERIFICATION',
    `Cannot commit ${formatS3Uri(token)}: ${bytes} bytes were written and ${found}.`,
    { hint: 'Something else works in the directory of the store. Run the export again.' },
  )
}

function outputExists(token: StageToken): BatchQueryError {
  return new BatchQueryError('OUTPUT_EXISTS', `${formatS3Uri(token)} exists already.`, {
    hint: 'Replace it with OVERWRITE ON, or choose another destination.',
  })
}
