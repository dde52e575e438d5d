import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BatchQueryError } from '../../errors/index.ts'
import { packageFile } from '../../platform/index.ts'
import type { TaskSource } from '../../run/index.ts'

/**
 * The files of a script. The folder exists while the script runs:
 *
 *     batchquery-task-XXXXXX/
 *       task/                     the fetched files, and the bundle
 *       node_modules/batchquery   this package: `import 'batchquery'` resolves to it
 *       tmp/                      the script's TMPDIR
 */
export interface WorkFolder {
  readonly path: string
  readonly task: string
  readonly temporary: string
}

/** @throws STORE_FULL, STORE_FAILED; no file remains then */
export async function makeWorkFolder({ files }: TaskSource): Promise<WorkFolder> {
  let made: string | null = null
  try {
    const path = await mkdtemp(join(tmpdir(), 'batchquery-task-'))
    made = path
    const folder = { path, task: join(path, 'task'), temporary: join(path, 'tmp') }
    for (const each of [folder.task, folder.temporary, join(path, 'node_modules')]) await mkdir(each)
    await symlink(fileURLToPath(packageFile('.')), join(path, 'node_modules', 'batchquery'), 'dir')
    for (const file of files) {
      const target = join(folder.task, file.path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, file.bytes, { mode: 0o700 })
    }
    return folder
  } catch (cause) {
    if (made !== null) await removeWorkFolder(made)
    throw cannotWrite(cause)
  }
}

export const removeWorkFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 3 })

export function cannotWrite(cause: unknown): BatchQueryError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const isFull =
    cause instanceof Error && 'code' in cause && /^(ENOSPC|EDQUOT|EFBIG)$/.test(String(cause.code))
  return new BatchQueryError(
    isFull ? 'STORE_FULL' : 'STORE_FAILED',
    `cannot write the task to the temporary folder: ${message}`,
    { cause, hint: `Make room in ${tmpdir()}, or name another folder in TMPDIR.` },
  )
}
