import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { quoted } from '../platform/index.ts'
import {
  checkFileSize,
  checkFolderSize,
  fileSource,
  folderSource,
  isFolderKey,
  type TaskSource,
  type TaskSourceFile,
  taskKey,
} from '../run/index.ts'
import { type ObjectAddress, parseS3Uri, type Store } from '../store/index.ts'

/** The task of a run. */
export interface NamedTask {
  /** Where it stands, or will stand, in the store; of a folder the key ends in a slash. */
  readonly address: ObjectAddress
  /** What has to be uploaded there first, and is pinned; null for a task that stands there already. */
  readonly file: TaskFile | null
}

/**
 * The task that the command line names: `s3://bucket/key` as it is, or a file or folder, which goes with the run.
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

/** A task on this machine. */
export interface TaskFile {
  /** Of a folder it ends in a slash. */
  readonly name: string
  readonly source: TaskSource
}

/** @throws TASK_NOT_FOUND, TASK_INVALID, PERMISSION */
export async function readTaskFile(path: string, folder: string): Promise<TaskFile> {
  const absolute = resolve(folder, path)
  try {
    const stats = await stat(absolute)
    const isFolder = stats.isDirectory()
    if (!isFolder) checkFileSize(path, stats.size)
    const name = basename(absolute)
    const source = isFolder
      ? folderSource(await readFolder(absolute, path))
      : fileSource({ path: name, bytes: await readFile(absolute) })
    return { name: isFolder ? `${name}/` : name, source }
  } catch (cause) {
    throw cause instanceof BatchQueryError ? cause : unreadable(path, cause)
  }
}

/** Uploads a task: one object for a file, for a folder one for each of its files. */
export async function uploadTask(
  store: Store,
  { bucket, key }: ObjectAddress,
  task: TaskFile,
): Promise<void> {
  for (const { path, bytes } of task.source.files)
    await store.put({ bucket, key: isFolderKey(key) ? `${key}${path}` : key }, bytes)
}

async function readFolder(absolute: string, named: string): Promise<TaskSourceFile[]> {
  const paths = await listFolder(absolute, '')
  if (paths.length === 0)
    throw new BatchQueryError('TASK_INVALID', `the folder ${quoted(named)} is empty`, {
      hint: 'Name a file.',
    })
  let bytes = 0
  for (const path of paths) bytes += (await stat(join(absolute, path))).size
  checkFolderSize(named, paths.length, bytes)
  const files = []
  for (const path of paths) files.push({ path, bytes: await readFile(join(absolute, path)) })
  return files
}

/** Hidden files and packages that were installed are no part of a task. */
const isLeftOut = (name: string): boolean => name.startsWith('.') || name === 'node_modules'

/** @throws TASK_INVALID for what is neither file nor folder: a link may lead anywhere */
async function listFolder(root: string, below: string): Promise<string[]> {
  const paths: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (isLeftOut(entry.name)) continue
    const path = `${below}${entry.name}`
    if (entry.isDirectory()) paths.push(...(await listFolder(root, `${path}/`)))
    else if (entry.isFile()) paths.push(path)
    else
      throw new BatchQueryError(
        'TASK_INVALID',
        `${quoted(path)} in the task's folder is neither file nor folder`,
        {
          hint: 'Put the file itself there: a task has no links.',
        },
      )
    checkFolderSize(root, paths.length, 0)
  }
  return paths
}

function unreadable(path: string, cause: unknown): BatchQueryError {
  const shown = JSON.stringify(path)
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new BatchQueryError('TASK_NOT_FOUND', `there is no file ${shown}`, {
        cause,
        hint: 'Name a file or a folder, or a task in the store as s3://BUCKET/KEY.',
      })
    default:
      return new BatchQueryError('PERMISSION', `the file ${shown} cannot be read`, {
        cause,
        hint: 'Name a file that you may read.',
      })
  }
}
