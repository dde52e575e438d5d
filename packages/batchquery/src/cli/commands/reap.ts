import { hostname } from 'node:os'
import { packageVersion } from '../../platform/index.ts'
import type { ReapedRun } from '../../run/index.ts'
import type { Command } from '../command.ts'
import { openHome } from '../home.ts'
import { dryRun, HOME, since, TALK } from '../options.ts'
import { tellError } from '../tell-error.ts'

export const reap: Command = {
  name: 'reap',
  operands: [],
  summary: 'end the runs whose runner died',
  description: [
    'Finds runs whose runner died: nothing was heard of it for 60 s. A publication that had begun is completed; what',
    'was only staged is removed. The run has then SUCCEEDED, where its last statement is published by that, or FAILED',
    'with RUNNER_LOST. Runs that live are left alone, and it may run several times at once.',
    'Stdout gets a line for every such run: its id and state, then what was completed and what was given up.',
  ].join('\n'),
  options: [since, dryRun, ...HOME, ...TALK],
  examples: ['reap --dry-run', 'reap --since 7d --json'],
  async execute({ options }, context) {
    const { log } = context
    const { runs } = await openHome(options, context)
    const reaper = { host: hostname(), pid: process.pid, version: packageVersion() }
    const reaped: ReapedRun[] = []
    const dry = options.dryRun ?? false
    for await (const run of runs.reap(reaper, log, {
      dryRun: dry,
      ...(options.since && { since: options.since }),
    })) {
      reaped.push(run)
      if (run.error !== null) tellError(run.error, log)
    }
    return {
      document: { dryRun: dry, runs: reaped },
      text: reaped.map(run => lineOf(run, dry)).join('\n'),
      exitCode: reaped.find(run => run.error !== null)?.error?.exitCode ?? 0,
    }
  },
}

function lineOf({ id, state, completed, aborted, error }: ReapedRun, dry: boolean): string {
  const would = dry ? 'would be ' : ''
  return [
    id,
    state,
    ...completed.map(uri => `${would}completed: ${uri}`),
    ...aborted.map(uri => `${would}given up: ${uri}`),
    ...(error === null ? [] : [`not ended: ${error.code}`]),
  ].join('\t')
}
