import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { BatchQueryError } from '../errors/index.ts'
import { inParallel, quoted } from '../platform/index.ts'
import type { ObjectAddress, Store } from '../store/store.ts'

/** The bytes of a task: one file or a folder of files. */
export interface TaskSource {
  /** Sorted by the bytes of their paths. If the task is not a folder, one file with its own name. */
  readonly files: readonly TaskSourceFile[]
  readonly isFolder: boolean
}

export interface TaskSourceFile {
  /** Relative to the folder of the task, with slashes. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** A task read from a store. */
export interface StoredTask extends TaskSource {
  /** Null for a folder, and if the store keeps no versions. */
  readonly versionId: string | null
}

/** The longest text in Node. */
const MAX_FILE_BYTES = 512 * 1024 * 1024
const MAX_FOLDER_FILES = 1_000
const MAX_FOLDER_BYTES = 64 * 1024 * 1024

const READS_AT_ONCE = 8

/** A key that ends in a slash names all objects below it. */
export const isFolderKey = (key: string): boolean => key.endsWith('/')

/** The name of a task shows whether it is SQL. */
export const isSqlTask = (key: string): boolean => !isFolderKey(key) && extname(key).toLowerCase() === '.sql'

const SHOWN_ARGUMENTS = 5

/**
 * SQL cannot use arguments. Most often a shell made them from a pattern (`run tasks/*.sql`), and they are tasks that would
 * not run.
 *
 * @throws USAGE
 */
export function refuseSqlArguments(key: string, args: readonly string[]): void {
  if (args.length === 0 || !isSqlTask(key)) return
  const more = args.length - SHOWN_ARGUMENTS
  const shown = [...args.slice(0, SHOWN_ARGUMENTS).map(quoted), ...(more > 0 ? [`${more} more`] : [])]
  throw new BatchQueryError(
    'USAGE',
    `the SQL task ${quoted(key.slice(key.lastIndexOf('/') + 1))} takes no arguments, and ${shown.join(', ')} ${args.length === 1 ? 'was' : 'were'} given`,
    {
      hint: 'Run one task at a time: for task in tasks/*.sql; do batchquery run "$task"; done. Give a task its values with -p NAME=VALUE.',
    },
  )
}

export const sortFiles = (files: readonly TaskSourceFile[]): TaskSourceFile[] =>
  files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))

const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex')

/** The SHA-256 in hex of the file, or of what `sha256sum` prints for the files of a folder, sorted by path. */
export function digestOf({ files, isFolder }: TaskSource): string {
  if (!isFolder) return sha256(files[0]?.bytes ?? new Uint8Array())
  return sha256(files.map(({ path, bytes }) => `${sha256(bytes)}  ${path}\n`).join(''))
}

/** @throws TASK_INVALID if a folder is larger than a task may be */
export function checkFolderSize(uri: string, count: number, bytes: number): void {
  if (count <= MAX_FOLDER_FILES && bytes <= MAX_FOLDER_BYTES) return
  throw new BatchQueryError('TASK_INVALID', `the folder ${uri} is too large for a task: ${count} files`, {
    hint: `A task has at most ${MAX_FOLDER_FILES} files and ${MAX_FOLDER_BYTES / 1024 ** 2} MiB. Keep data elsewhere.`,
  })
}

/** The error for a task that does not exist in the store. */
export const taskNotFound = (store: Store, { bucket, key }: ObjectAddress): BatchQueryError =>
  new BatchQueryError('TASK_NOT_FOUND', `there is no task ${store.uriOf({ bucket, key })} in ${store.name}`, {
    hint: isFolderKey(key)
      ? 'Check bucket and key: this folder is empty.'
      : `Check bucket and key. \`batchquery put FILE\` uploads a task under script/. A folder ends in a slash.${elsewhere(store, bucket)}`,
  })

/** A user who means a bucket of AWS may not know that the store is a folder. */
const elsewhere = (store: Store, bucket: string): string =>
  store.capabilities.folder === null
    ? ''
    : ` Here ${store.uriOf({ bucket })} is a folder: for AWS add --store s3, or --engine fargate.`

/** @throws TASK_INVALID if a file is larger than a task may be */
export function checkFileSize(named: string, bytes: number): void {
  if (bytes <= MAX_FILE_BYTES) return
  throw new BatchQueryError(
    'TASK_INVALID',
    `the file ${quoted(named)} is too large for a task: ${bytes} bytes`,
    {
      hint: `A task has at most ${MAX_FILE_BYTES / 1024 ** 2} MiB. Keep data elsewhere.`,
    },
  )
}

/** Null if there is no task at the address. @throws TASK_INVALID */
export async function readStoredTask(store: Store, address: ObjectAddress): Promise<StoredTask | null> {
  if (isFolderKey(address.key)) return readStoredFolder(store, address)
  const object = await store.read(address)
  if (object === null) return null
  const path = address.key.slice(address.key.lastIndexOf('/') + 1)
  return { files: [{ path, bytes: object.bytes }], isFolder: false, versionId: object.info.versionId }
}

async function readStoredFolder(store: Store, { bucket, key }: ObjectAddress): Promise<StoredTask | null> {
  const uri = store.uriOf({ bucket, key })
  const paths: string[] = []
  let bytes = 0
  for await (const info of store.list(bucket, key)) {
    const path = info.key.slice(key.length)
    // Consoles create such objects to show an empty folder.
    if (path === '' || path.endsWith('/')) continue
    if (!isPlainPath(path))
      throw new BatchQueryError('TASK_INVALID', `${uri} holds ${quoted(info.key)}, which no file can be`, {
        hint: 'Remove it, or give it a name without empty parts, "." and "..".',
      })
    paths.push(path)
    bytes += info.bytes
    checkFolderSize(uri, paths.length, bytes)
  }
  const files: TaskSourceFile[] = []
  await inParallel(paths, READS_AT_ONCE, async path => {
    const object = await store.read({ bucket, key: `${key}${path}` })
    // If a file was deleted since, the SHA-256 of the others differs from the pinned one.
    if (object !== null) files.push({ path, bytes: object.bytes })
  })
  return files.length === 0 ? null : { files: sortFiles(files), isFolder: true, versionId: null }
}

/** Any program that may write to the bucket may have chosen the key: it must not lead out of the folder. */
const isPlainPath = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every(part => part !== '' && part !== '.' && part !== '..')
