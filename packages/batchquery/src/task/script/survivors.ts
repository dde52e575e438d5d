import { readdir, readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

const PASSES = 10
/** Nothing must be seen twice in a row: a process that is just starting a program shows no environment. */
const QUIET_PASSES = 2
const PAUSE_MS = 10

/**
 * Kills what is left of a script: its process group, and where the system shows them (Linux) the processes that left
 * the group but have the script's TMPDIR in their environment, as everything has that the script starts.
 *
 * @param group the number of the process group
 * @param temporary the script's TMPDIR, which no other process has
 * @returns how many there were, at least
 */
export async function killSurvivors(group: number, temporary: string): Promise<number> {
  let killed = killGroup(group) ? 1 : 0
  let quiet = 0
  // One that is killed may have started another one meanwhile.
  for (let pass = 0; pass < PASSES && quiet < QUIET_PASSES; pass++) {
    if (pass > 0) await setTimeout(PAUSE_MS)
    const left = await findByTemporary(temporary)
    for (const pid of left) kill(pid)
    quiet = left.length === 0 ? quiet + 1 : 0
    killed = Math.max(killed, left.length)
  }
  return killed
}

/** @param signal 0 only asks @returns false where nobody is in the group any more */
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

/** Those of other users cannot be read, those that have ended (zombies) are empty. */
async function hasTemporary(pid: number, temporary: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(`TMPDIR=${Buffer.from(temporary).toString('latin1')}`)
}
