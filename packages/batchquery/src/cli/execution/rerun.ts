import { BatchQueryError } from '../../errors/index.ts'
import { newRunId } from '../../platform/index.ts'
import { openHome } from '../../submit/home.ts'
import { logDatabase, repeatedOptions, repeatedTask } from '../../submit/repeated-run.ts'
import type { Execute } from '../command.ts'
import { namedRun } from '../named-run.ts'
import { runOutcome, runWithOptions } from '../run-with-options.ts'

export const rerun: Execute = async ({ operands: [named], options }, context) => {
  const { log } = context
  const found = await openHome(options, context)
  const repeated = await found.runs.read(await namedRun(named, found, log))
  const chosen = repeatedOptions(repeated, options, found.settings)
  const home = await openHome(chosen, context, true)
  logDatabase(repeated, home.settings, log)
  const createdAt = new Date()
  const id = options.runId ?? newRunId(createdAt)
  if (id === repeated.id)
    throw new BatchQueryError('USAGE', `--run-id ${id} is the id of the run to repeat`, {
      hint: 'Choose another id for the new run, or remove --run-id.',
    })
  const { task, pin } = await repeatedTask(repeated, id, home)
  log.info(`run ${id} repeats run ${repeated.id}`)
  const request = { id, createdAt, task, args: repeated.args }
  const pinned = { ...chosen, pin: options.pin ?? pin }
  const record = await runWithOptions(request, home, pinned, context, repeated)
  return runOutcome(record, options, log)
}
