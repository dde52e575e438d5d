import { readFile } from 'node:fs/promises'

export interface FoundProcess {
  /** Its words, each ended by a NUL; null where the system has no /proc to tell it. */
  readonly commandLine: string | null
}

/**
 * A process of this machine, though it may be stopped; null where there is none of that number. One that was killed
 * keeps its number until its parent has looked, and while its memory is given back: it has no command line then, and
 * counts as gone.
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
    // EPERM: it is there, and somebody else's.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
