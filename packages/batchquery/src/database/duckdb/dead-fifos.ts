import { readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findProcess } from '../../platform/index.ts'

/** With the machine, as containers may share a temporary folder and not their processes. */
const PREFIX = `batchquery-fifo-${hostname().replace(/[^\w-]/g, '_')}.`

/** What the name of a folder for a named pipe begins with: it tells whose it is. */
export const FIFO_FOLDER = `${PREFIX}${process.pid}.`

/** Where they are. */
export const fifoParent = (): string => resolve(tmpdir())

/**
 * Removes what processes of this machine left that were killed. What cannot be removed stays without a word, and a
 * number that was given again keeps the folder for another while: it holds nothing.
 */
export async function removeDeadFifos(): Promise<void> {
  const parent = fifoParent()
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('.')[0]) : Number.NaN
    if (Number.isSafeInteger(pid) && pid > 0 && (await findProcess(pid)) === null)
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {})
  }
}
