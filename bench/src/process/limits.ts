import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A control group that limits processes to a share of a core and to some memory. */
export interface Limits {
  /** The command, started within the limits. */
  around(argv: readonly string[]): readonly string[]
  /** Removes the group, which is empty when its processes have ended. */
  remove(): Promise<void>
}

export interface LimitSizes {
  readonly cores: number
  readonly megabytes: number
}

const PERIOD_MICROSECONDS = 100_000
const ROOT = '/sys/fs/cgroup'

/**
 * Creates a control group of either version of Linux. This usually takes root.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/
 *
 * @param root the folder of the control groups
 * @throws Error if there are none, or this process may not create one
 */
export async function makeLimits(name: string, sizes: LimitSizes, root = ROOT): Promise<Limits> {
  const version2 = existsSync(join(root, 'cgroup.controllers'))
  const folders = version2 ? [join(root, name)] : ['cpu', 'memory'].map(kind => join(root, kind, name))
  try {
    await (version2 ? makeVersion2(folders, sizes, root) : makeVersion1(folders, sizes))
  } catch (error) {
    await Promise.allSettled(folders.map(folder => rmdir(folder)))
    throw error
  }
  const script = [
    ...folders.map((_, at) => `echo $$ > "\${${at + 1}}/cgroup.procs"`),
    `shift ${folders.length}`,
  ]
  return {
    around: argv => ['sh', '-c', [...script, 'exec "$@"'].join(' && '), 'limits', ...folders, ...argv],
    remove: async () => {
      for (const folder of folders) await removeGroup(folder)
    },
  }
}

const quotaOf = (cores: number): number => Math.round(cores * PERIOD_MICROSECONDS)
const bytesOf = (megabytes: number): number => megabytes * 1024 * 1024

async function makeVersion1(
  [cpu = '', memory = '']: readonly string[],
  { cores, megabytes }: LimitSizes,
): Promise<void> {
  for (const folder of [cpu, memory]) await mkdir(folder)
  await writeFile(join(cpu, 'cpu.cfs_period_us'), `${PERIOD_MICROSECONDS}`)
  await writeFile(join(cpu, 'cpu.cfs_quota_us'), `${quotaOf(cores)}`)
  await writeFile(join(memory, 'memory.limit_in_bytes'), `${bytesOf(megabytes)}`)
}

async function makeVersion2(
  [folder = '']: readonly string[],
  { cores, megabytes }: LimitSizes,
  root: string,
): Promise<void> {
  const control = join(root, 'cgroup.subtree_control')
  const enabled = (await readFile(control, 'utf8')).split(/\s+/)
  const missing = ['cpu', 'memory'].filter(controller => !enabled.includes(controller))
  if (missing.length > 0) await writeFile(control, missing.map(controller => `+${controller}`).join(' '))
  await mkdir(folder)
  await writeFile(join(folder, 'cpu.max'), `${quotaOf(cores)} ${PERIOD_MICROSECONDS}`)
  await writeFile(join(folder, 'memory.max'), `${bytesOf(megabytes)}`)
}

/** The kernel releases a process a moment after its parent has waited for it. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rmdir(folder)
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(50)
    }
  }
}
