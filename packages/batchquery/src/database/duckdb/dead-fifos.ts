import { readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findProcess } from '../../platform/index.ts'

/** Contains the machine, because containers may share a temporary folder without sharing their processes. */
const PREFIX = `batchquery-fifo-${hostname().replace(/[^\w-]/g, '_')}.`

/** The beginning of the name of a folder for a named pipe. It identifies the process that owns the folder. */
export const FIFO_FOLDER = `${PREFIX}${process.pid}.`

/** The folder of these folders. */
export const fifoParent = (): string => resolve(tmpdir())

/**
 * Removes the folders of dead processes of this machine. Ignores folders that it cannot remove. If another process
 * has reused the number of a dead one, the folder, which is empty, stays until a later call.
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
