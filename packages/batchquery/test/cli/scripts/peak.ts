import { join } from 'node:path'
import type { Ended } from '../workspace.ts'
import type { ScriptWorkspace } from './script-workspace.ts'

/** Runs a script and measures the largest memory of one process with GNU time. */
export async function readPeakMemory(
  here: ScriptWorkspace,
  args: readonly string[],
): Promise<{ readonly ended: Ended; readonly kilobytes: number }> {
  const report = join(here.folder, 'peak')
  const ended = await here.run(args, {}, ['time', '-f', '%M', '-o', report])
  return { ended, kilobytes: Number(await here.workspace.read('peak')) }
}
