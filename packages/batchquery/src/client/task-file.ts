import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { taskKey } from '../run/index.ts'
import { type ObjectAddress, parseS3Uri } from '../store/index.ts'

/** The task of a run. */
export interface NamedTask {
  /** Where it stands, or will stand, in the store. */
  readonly address: ObjectAddress
  /** What has to be uploaded there first, and is pinned; null for a task that stands there already. */
  readonly file: TaskFile | null
}

/**
 * The task that the command line names: `s3://bucket/key` as it is, or a file, which goes with the run.
 *
 * @throws USAGE, KEY_INVALID; TASK_NOT_FOUND, TASK_INVALID, PERMISSION for a file
 */
export async function nameTask(
  named: string,
  runId: string,
  bucket: string,
  folder: string,
): Promise<NamedTask> {
  if (/^s3[^/]*:\/\//.test(named)) {
    const { bucket, key } = parseS3Uri(named)
    return { address: { bucket, key }, file: null }
  }
  const file = await readTaskFile(named, folder)
  return { address: { bucket, key: taskKey(runId, file.name) }, file }
}

export interface TaskFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** In hex. */
  readonly sha256: string
}

/** @throws TASK_NOT_FOUND, TASK_INVALID, PERMISSION */
export async function readTaskFile(path: string, folder: string): Promise<TaskFile> {
  try {
    const bytes = await readFile(resolve(folder, path))
    return { name: basename(path), bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): BatchQueryError {
  const shown = JSON.stringify(path)
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new BatchQueryError('TASK_NOT_FOUND', `there is no file ${shown}`, {
        cause,
        hint: 'Name a file, or a task in the store as s3://BUCKET/KEY.',
      })
    case 'EISDIR':
      return new BatchQueryError('TASK_INVALID', `${shown} is a folder`, {
        cause,
        hint: 'Name a file in it.',
      })
    default:
      return new BatchQueryError('PERMISSION', `the file ${shown} cannot be read`, {
        cause,
        hint: 'Name a file that you may read.',
      })
  }
}
