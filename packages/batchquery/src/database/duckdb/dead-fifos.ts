import { readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** With the machine, as containers may share a temporary folder and not their processes. */
const PREFIX = `batchquery-fifo-${hostname().replace(/[^\w-]/g, '_')}.`

/** What the name of a folder for a named pipe begins with: it tells whose it is. */
export const FIFO_FOLDER = `${PREFIX}${process.pid}.`

/** Where they are. */
export const fifoParent = (): string => resolve(tmpdir())

/** Removes what processes of this machine left that were killed. What cannot be removed stays without a word. */
export async function removeDeadFifos(): Promise<void> {
  const parent = fifoParent()
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('.')[0]) : Number.NaN
    if (Number.isSafeInteger(pid) && pid > 0 && !exists(pid))
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {})
  }
}

/** A number that was given again keeps the folder for another while: it holds nothing. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: it is there, and somebody else's.
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')
  }
}
