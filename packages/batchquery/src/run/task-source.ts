import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { inParallel, quoted } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'

/** The files of a task and its pin. Made by `fileSource` and `folderSource`. */
export interface TaskSource {
  /** A folder has one or more, sorted by the bytes of their paths. Any other task has one, named by the last part of its key. */
  readonly files: readonly TaskSourceFile[]
  readonly isFolder: boolean
  /** In hex: of the file, or of the list that `sha256sum` prints for the files of a folder, sorted by path. */
  readonly sha256: string
  /** Null for a folder, for a file that was not read from a store, and if the store keeps no versions. */
  readonly versionId: string | null
}

export interface TaskSourceFile {
  /** Relative to the folder of the task, with slashes. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** Node cannot make a string of more bytes. */
const MAX_FILE_BYTES = 512 * 1024 * 1024
const MAX_FOLDER_FILES = 1_000
const MAX_FOLDER_BYTES = 64 * 1024 * 1024

const READS_AT_ONCE = 8

/** Whether a key names a folder: one that ends in a slash, for all objects below it. */
export const isFolderKey = (key: string): boolean => key.endsWith('/')

/** Whether a task is SQL, which its name alone decides. */
export const isSqlTask = (key: string): boolean => !isFolderKey(key) && extname(key).toLowerCase() === '.sql'

const SHOWN_ARGUMENTS = 5

/**
 * Refuses arguments of a SQL task, which cannot use them. Most often a shell expanded a pattern (`run tasks/*.sql`), and the arguments
 * are tasks that would not run.
 *
 * @throws USAGE
 */
export function refuseSqlArguments(key: string, args: readonly string[]): void {
  if (args.length === 0 || !isSqlTask(key)) return
  const more = args.length - SHOWN_ARGUMENTS
  const shown = [...args.slice(0, SHOWN_ARGUMENTS).map(quoted), ...(more > 0 ? [`${more} more`] : [])]
  throw new BatchQueryError(
    'USAGE',
    `the SQL task ${quoted(key.slice(key.lastIndexOf('/') + 1))} accepts no arguments, but ${shown.join(', ')} ${args.length === 1 ? 'was' : 'were'} given`,
    {
      hint: 'Run one task at a time: for task in tasks/*.sql; do batchquery run "$task"; done. To pass values to a task, use -p NAME=VALUE.',
    },
  )
}

const digest = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex')

/** A task that is one file. */
export const fileSource = (file: TaskSourceFile, versionId: string | null = null): TaskSource => ({
  files: [file],
  isFolder: false,
  sha256: digest(file.bytes),
  versionId,
})

/** A task that is a folder. */
export function folderSource(unsorted: readonly TaskSourceFile[]): TaskSource {
  const files = unsorted.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  const list = files.map(({ path, bytes }) => `${digest(bytes)}  ${path}\n`).join('')
  return { files, isFolder: true, sha256: digest(list), versionId: null }
}

/** @throws TASK_INVALID if a folder is larger than a task may be */
export function checkFolderSize(uri: string, count: number, bytes: number): void {
  if (count <= MAX_FOLDER_FILES && bytes <= MAX_FOLDER_BYTES) return
  throw new BatchQueryError('TASK_INVALID', `the folder ${uri} is too large for a task: ${count} files`, {
    hint: `Keep data elsewhere. A task can have ${MAX_FOLDER_FILES} files and ${MAX_FOLDER_BYTES / 1024 ** 2} MiB at most.`,
  })
}

/** The error for a task that does not exist in the store. */
export const taskNotFound = (store: Store, { bucket, key }: ObjectAddress): BatchQueryError =>
  new BatchQueryError(
    'TASK_NOT_FOUND',
    `the task ${store.uriOf({ bucket, key })} does not exist in ${store.name}`,
    {
      hint: isFolderKey(key)
        ? 'Check the bucket and the key. No object is below this folder.'
        : `Check the bucket and the key. Upload a task under script/ with \`batchquery put FILE\`. End the name of a folder with a slash.${elsewhere(store, bucket)}`,
    },
  )

/** The user may mean a bucket of AWS without knowing that the settings do not say so. */
const elsewhere = (store: Store, bucket: string): string =>
  store.capabilities.folder === null
    ? ''
    : ` Here ${store.uriOf({ bucket })} is a folder. For AWS, add --store s3 or --engine fargate.`

/** @throws TASK_INVALID if a file is larger than a task may be */
export function checkFileSize(named: string, bytes: number): void {
  if (bytes <= MAX_FILE_BYTES) return
  throw new BatchQueryError(
    'TASK_INVALID',
    `the file ${quoted(named)} is too large for a task: ${bytes} bytes`,
    {
      hint: `Keep data elsewhere. A task can have ${MAX_FILE_BYTES / 1024 ** 2} MiB at most.`,
    },
  )
}

/** Reads a task from a store: null if it does not exist. @throws TASK_INVALID */
export async function readStoredTask(store: Store, address: ObjectAddress): Promise<TaskSource | null> {
  if (isFolderKey(address.key)) return readStoredFolder(store, address)
  const object = await store.read(address)
  if (object === null) return null
  const path = address.key.slice(address.key.lastIndexOf('/') + 1)
  return fileSource({ path, bytes: object.bytes }, object.info.versionId)
}

async function readStoredFolder(store: Store, { bucket, key }: ObjectAddress): Promise<TaskSource | null> {
  const uri = store.uriOf({ bucket, key })
  const paths: string[] = []
  let bytes = 0
  for await (const info of store.list(bucket, key)) {
    const path = info.key.slice(key.length)
    // An object that consoles create to show an empty folder.
    if (path === '' || path.endsWith('/')) continue
    if (!isPlainPath(path))
      throw new BatchQueryError(
        'TASK_INVALID',
        `${uri} contains ${quoted(info.key)}, which cannot be the name of a file`,
        {
          hint: 'Remove it, or rename it so that the name has no empty part, "." or "..".',
        },
      )
    paths.push(path)
    bytes += info.bytes
    checkFolderSize(uri, paths.length, bytes)
  }
  const files: TaskSourceFile[] = []
  await inParallel(paths, READS_AT_ONCE, async path => {
    const object = await store.read({ bucket, key: `${key}${path}` })
    // If it was deleted meanwhile, the other files have another SHA-256 than the pinned one.
    if (object !== null) files.push({ path, bytes: object.bytes })
  })
  return files.length === 0 ? null : folderSource(files)
}

/** Another user of the bucket may have chosen the key: it must not lead out of the folder. */
const isPlainPath = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every(part => part !== '' && part !== '.' && part !== '..')
