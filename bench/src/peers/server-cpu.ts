import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Source } from './sources.ts'

const run = promisify(execFile)

/**
 * The CPU seconds that a database server has used since its start. PostgreSQL counts a session once its process has
 * ended, and never those that are still open.
 */
export async function serverCpuSeconds({ dialect, server }: Source): Promise<number> {
  const file =
    dialect === 'mysql'
      ? join(dirname(server.socket), 'mariadb.pid')
      : join(dirname(server.copyDir), 'data/postmaster.pid')
  const [pid = ''] = (await readFile(file, 'utf8')).split('\n')
  const status = await readFile(`/proc/${pid.trim()}/stat`, 'utf8')
  // The fields after the name, which may contain spaces: utime, stime, and those of ended children.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks / (await ticksPerSecond())
}

const ticksPerSecond = async (): Promise<number> => Number((await run('getconf', ['CLK_TCK'])).stdout)
