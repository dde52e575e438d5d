import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

/** The peak memory of a process, in MB of 1024 * 1024 bytes (VmHWM), read until the process has ended. Linux only. */
export async function peakMemory(pid: number): Promise<number> {
  let kilobytes = 0
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
    if (peak === undefined) return Math.round(kilobytes / 1024)
    kilobytes = Number(peak)
    await sleep(POLL_MS)
  }
}
