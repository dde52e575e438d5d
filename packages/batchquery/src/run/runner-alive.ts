import { findProcess } from '../platform/index.ts'

const PROGRAM = 'batchquery'

/**
 * Whether a process of this machine is a runner that lives, though it may be stopped or the machine slept. Where
 * /proc tells what a process runs, one that was given the number of a dead runner is not taken for it.
 */
export async function isRunnerAlive(pid: number): Promise<boolean> {
  const found = await findProcess(pid)
  return found !== null && (found.commandLine?.includes(PROGRAM) ?? true)
}
