import { readdir, readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const PASSES = 10
/** Two passes in a row must find nothing, because a process that is just starting a program shows no environment. */
const QUIET_PASSES = 2
const PAUSE_MS = 10

/**
 * Kills the leftover processes of a script: its process group and, on Linux, the processes that left the group. They have the script's
 * TMPDIR in their environment, because every process that the script starts inherits it.
 *
 * @param group the number of the process group
 * @param temporary the script's TMPDIR, which no other process has
 * @returns a lower bound of their number
 */
export async function killSurvivors(group: number, temporary: string): Promise<number> {
  let killed = killGroup(group) ? 1 : 0
  let quiet = 0
  // A process may start another one before it is killed.
  for (let pass = 0; pass < PASSES && quiet < QUIET_PASSES; pass++) {
    if (pass > 0) await setTimeout(PAUSE_MS)
    const found = await findByTemporary(temporary)
    for (const pid of found) kill(pid)
    quiet = found.length === 0 ? quiet + 1 : 0
    killed = Math.max(killed, found.length)
  }
  return killed
}

/** @param signal 0 sends nothing @returns false if the group has no process any more */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

const killGroup = (group: number): boolean => signalGroup(group, 'SIGKILL')

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

async function findByTemporary(temporary: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => [])
  const pids = entries.filter(name => /^\d+$/.test(name)).map(Number)
  const checked = await Promise.all(
    pids.map(async pid => ((await hasTemporary(pid, temporary)) ? [pid] : [])),
  )
  return checked.flat().filter(pid => pid !== process.pid)
}

/** The environment of another user's process cannot be read; that of a zombie is empty. */
async function hasTemporary(pid: number, temporary: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(`TMPDIR=${Buffer.from(temporary).toString('latin1')}`)
}
