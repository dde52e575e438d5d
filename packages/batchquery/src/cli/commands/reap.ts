import type { Command } from '../command.ts'
import { dryRun, HOME, since, TALK } from '../options.ts'

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
  load: async () => (await import('../execution/index.ts')).reap,
}
