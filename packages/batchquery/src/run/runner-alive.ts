import { readFile } from 'node:fs/promises'

const PROGRAM = 'batchquery'

/**
 * Whether a process of this machine is a runner that lives, though it may be stopped or the machine slept. Where
 * /proc tells what a process runs, one that was given the number of a dead runner is not taken for it.
 */
export async function isRunnerAlive(pid: number): Promise<boolean> {
  if (!exists(pid)) return false
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return commandLine === null || commandLine.includes(PROGRAM)
}

function exists(pid: number): boolean {
  // 0 would mean our own process group.
  if (pid === 0) return false
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // EPERM: it is there, and somebody else's.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
