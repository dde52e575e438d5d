import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretWatch } from './secret-watch.ts'

/** The tests' own processes inherit it. */
const FOLDER = 'BATCHQUERY_TEST_SECRETS'

/** Begins the watch of a whole run. */
export function beginSecretWatch(): SecretWatch {
  const folder = mkdtempSync(join(tmpdir(), 'batchquery-secrets-'))
  process.env[FOLDER] = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return new SecretWatch(folder)
}

/** Makes this process use the watch of another folder, until the returned function is called. */
export function watchIn(folder: string): () => void {
  const before = process.env[FOLDER]
  process.env[FOLDER] = folder
  return () => {
    if (before === undefined) delete process.env[FOLDER]
    else process.env[FOLDER] = before
  }
}

/** Null in a run without a watch. */
export function runSecrets(): SecretWatch | null {
  const folder = process.env[FOLDER]
  return folder === undefined ? null : new SecretWatch(folder)
}

/** Checks every file below a folder. Does nothing if the folder is missing. */
export async function lookAtFolder(folder: string): Promise<void> {
  const watch = runSecrets()
  if (watch === null) return
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.filter(entry => entry.isFile())) {
    const path = join(entry.parentPath, entry.name)
    watch.look(path, await readFile(path))
  }
}
