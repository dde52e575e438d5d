import { visible } from '../../platform/index.ts'
import { type ReapedRun, thisRunner } from '../../run/index.ts'
import { openHome } from '../../submit/home.ts'
import type { Execute } from '../command.ts'

export const reap: Execute = async ({ options }, context) => {
  const { log } = context
  const { runs } = await openHome(options, context)
  const reaper = await thisRunner()
  const reaped: ReapedRun[] = []
  const dry = options.dryRun ?? false
  for await (const run of runs.reap(reaper, log, {
    dryRun: dry,
    ...(options.since && { since: options.since }),
  })) {
    reaped.push(run)
    if (run.error !== null) log.failure(run.error)
  }
  const failures = reaped.filter(({ error }) => error !== null).length
  if (failures > 0) log.warn(`reap failed for ${failures} of ${reaped.length} runs; the lines above say why`)
  return {
    document: { dryRun: dry, runs: reaped },
    text: reaped.map(run => lineOf(run, dry)).join('\n'),
    // Always 1: the exit code of one failed run would not fit the command as a whole.
    exitCode: failures > 0 ? 1 : 0,
  }
}

function lineOf({ id, state, completed, aborted, error }: ReapedRun, dry: boolean): string {
  const would = dry ? 'would be ' : ''
  return [
    id,
    state,
    ...completed.map(uri => `${would}completed: ${visible(uri)}`),
    ...aborted.map(uri => `${would}aborted: ${visible(uri)}`),
    ...(error === null ? [] : [`not ended: ${error.code}`]),
  ].join('\t')
}
