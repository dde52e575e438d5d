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
import { locate, namesFiles, type ObjectAddress, type Store } from '../store/index.ts'
import type { Home } from './home.ts'

/** A task by its address in the store. The key of a folder ends in a slash. */
export interface TaskAddress extends ObjectAddress {
  /** The files that must be uploaded to the address before the run starts. Null for a task that is in the store already. */
  readonly upload: TaskSource | null
}

/**
 * Reads the task that the command line names: an object of the home store, such as `s3://bucket/key`, or a file or folder of this
 * machine, which goes with the run.
 *
 * @throws USAGE, KEY_INVALID; as `readTaskFile`
 */
export async function nameTask(
  named: string,
  runId: string,
  { settings, store }: Pick<Home, 'settings' | 'store'>,
  folder: string,
): Promise<TaskAddress> {
  if (!namesFiles(named)) return { ...addressIn(store, named), upload: null }
  const { name, source } = await readTaskFile(named, folder)
  return uploadedTask(runId, settings.bucket, name, source)
}

/** @throws USAGE for an object of another store, because a run record names its task by bucket and key */
function addressIn(home: Store, named: string): ObjectAddress {
  const { store, bucket, key } = locate(named, { store: home, folder: null })
  if (store === home) return { bucket, key }
  throw new BatchQueryError('USAGE', `the task ${quoted(named)} is not in the store ${home.name}`, {
    hint: `Upload it with \`batchquery put FILE\`, and name it ${home.uriOf({ bucket: 'BUCKET', key: 'KEY' })}.`,
  })
}

/** A task that goes with its run, under the run's own prefix. @param name the name of a folder ends in a slash */
export const uploadedTask = (
  runId: string,
  bucket: string,
  name: string,
  source: TaskSource,
): TaskAddress & { readonly upload: TaskSource } => ({ bucket, key: taskKey(runId, name), upload: source })

/** A task whose text is written by batchquery itself. */
export const writtenTask = (runId: string, bucket: string, name: string, text: string) =>
  uploadedTask(runId, bucket, name, fileSource({ path: name, bytes: Buffer.from(text) }))

/**
 * Reads a task from a file or folder of this machine.
 *
 * @returns its files, and its name: the name of a folder ends in a slash
 * @throws TASK_NOT_FOUND, TASK_INVALID, PERMISSION
 */
export async function readTaskFile(
  path: string,
  folder: string,
): Promise<{ readonly name: string; readonly source: TaskSource }> {
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

/** Uploads a task: one object for each file. */
export async function uploadTask(store: Store, { bucket, key, upload }: TaskAddress): Promise<void> {
  for (const { path, bytes } of upload?.files ?? [])
    await store.put({ bucket, key: isFolderKey(key) ? `${key}${path}` : key }, bytes)
}

async function readFolder(absolute: string, named: string): Promise<TaskSourceFile[]> {
  const paths = await listFolder(absolute, '')
  if (paths.length === 0)
    throw new BatchQueryError('TASK_INVALID', `the folder ${quoted(named)} is empty`, {
      hint: 'Name a folder with files, or a file.',
    })
  let bytes = 0
  for (const path of paths) bytes += (await stat(join(absolute, path))).size
  checkFolderSize(named, paths.length, bytes)
  const files = []
  for (const path of paths) files.push({ path, bytes: await readFile(join(absolute, path)) })
  return files
}

/** Hidden files and installed packages do not belong to a task. */
const isIgnored = (name: string): boolean => name.startsWith('.') || name === 'node_modules'

/** @throws TASK_INVALID for an entry that is neither file nor folder: a link may lead anywhere */
async function listFolder(root: string, below: string): Promise<string[]> {
  const paths: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    if (isIgnored(entry.name)) continue
    const path = `${below}${entry.name}`
    if (entry.isDirectory()) paths.push(...(await listFolder(root, `${path}/`)))
    else if (entry.isFile()) paths.push(path)
    else
      throw new BatchQueryError(
        'TASK_INVALID',
        `${quoted(path)} in the task's folder is neither a file nor a folder`,
        {
          hint: 'Put the file itself there. A task cannot have links.',
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
      return new BatchQueryError('TASK_NOT_FOUND', `the file ${shown} does not exist`, {
        cause,
        hint: 'Name a file or a folder, or a task in the store as s3://BUCKET/KEY.',
      })
    default:
      return new BatchQueryError('PERMISSION', `cannot read the file ${shown}`, {
        cause,
        hint: 'Name a file that you can read.',
      })
  }
}
