import { join } from 'node:path'
import type { Ended } from '../workspace.ts'
import type { ScriptWorkspace } from './script-workspace.ts'

/** Runs a script and tells the largest memory that one of the processes had, by GNU time. */
export async function readPeakMemory(
  here: ScriptWorkspace,
  args: readonly string[],
): Promise<{ readonly ended: Ended; readonly kilobytes: number }> {
  const report = join(here.folder, 'peak')
  const ended = await here.run(args, {}, ['time', '-f', '%M', '-o', report])
  return { ended, kilobytes: Number(await here.workspace.read('peak')) }
}
