import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { newRunId, quoted } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import { nameTask } from '../../submit/task.ts'
import type { Execute } from '../command.ts'
import { plannedRunText, planRun } from '../planned-run.ts'
import { runOutcome, runWithOptions } from '../run-with-options.ts'

export const run: Execute = async ({ operands: [named, ...args], options }, context) => {
  const home = await openHome(options, context, true)
  const createdAt = new Date()
  const id = options.runId ?? newRunId(createdAt)
  const task = await nameTask(named, id, home, context.folder)
  if (options.dryRun) {
    const planned = await planRun(named, args, task, home, options, context)
    return { document: planned, text: plannedRunText(planned), exitCode: 0 }
  }
  if (looksLikePattern(named, args, context.folder))
    context.log.warn(`running one task, ${named}, with the arguments ${args.map(quoted).join(', ')}`)
  const record = await runWithOptions({ id, createdAt, task, args }, home, options, context)
  return runOutcome(record, options, context.log)
}

/** A shell expands `tasks/*.py` to such a list. Then the user may have meant the other files as tasks, not as arguments. */
const looksLikePattern = (named: string, args: readonly string[], folder: string): boolean =>
  args.length > 0 &&
  extname(named) !== '' &&
  args.every(arg => extname(arg) === extname(named) && existsSync(resolve(folder, arg)))
