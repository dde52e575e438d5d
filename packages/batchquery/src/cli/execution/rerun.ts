import { BatchQueryError } from '../../errors/index.ts'
import { newRunId } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { repeatedOptions, repeatedTask, tellDatabase } from '../repeated-run.ts'
import { runOutcome } from '../run-outcome.ts'
import { runTask } from '../run-task.ts'

export const rerun: Execute = async ({ operands: [named], options }, context) => {
  const { log } = context
  const found = await openHome(options, context)
  const repeated = await found.runs.read(await namedRun(named, found, log))
  const chosen = repeatedOptions(repeated, options, found.settings)
  const home = await openHome(chosen, context, true)
  tellDatabase(repeated, home.settings, log)
  const createdAt = new Date()
  const id = options.runId ?? newRunId(createdAt)
  if (id === repeated.id)
    throw new BatchQueryError('USAGE', `run ${id} cannot repeat itself`, {
      hint: 'Give the new run another id, or leave the id to batchquery.',
    })
  const { task, pin } = await repeatedTask(repeated, id, home)
  log.info(`run ${id} repeats run ${repeated.id}`)
  const submitted = { id, createdAt, task, args: repeated.args, repeated }
  const record = await runTask(submitted, home, { ...chosen, pin: options.pin ?? pin }, context)
  return runOutcome(record, options, log)
}
