import { readFile } from 'node:fs/promises'

export interface FoundProcess {
  /** The arguments of the process, each ended by a NUL. Null if the system has no /proc. */
  readonly commandLine: string | null
}

/**
 * Finds a process of this machine, which may also be stopped. Null if no process has the number. A killed process
 * keeps its number until its parent has waited for it and its memory is free. It has no command line then, and counts
 * as dead.
 */
export async function findProcess(pid: number): Promise<FoundProcess | null> {
  if (!hasNumber(pid)) return null
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return commandLine === '' ? null : { commandLine }
}

function hasNumber(pid: number): boolean {
  // 0 would mean our own process group.
  if (pid === 0) return false
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: the process exists and belongs to another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
