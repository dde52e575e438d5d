import { readFile } from 'node:fs/promises'

/** By cgroup v2, then v1. https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files */
const COUNTERS = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control']

/**
 * How many processes of this container the kernel has killed because memory ran out; null if nothing counts them, as outside of
 * containers.
 *
 * @param files @default - the kernel's
 */
export async function countMemoryKills(files: readonly string[] = COUNTERS): Promise<number | null> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const [, count] = /^oom_kill (\d+)$/m.exec(text) ?? []
    if (count !== undefined) return Number(count)
  }
  return null
}
