import type { Command } from '../command.ts'
import { database, dryRun, HOME, since, TALK } from '../options.ts'

export const reap: Command = {
  name: 'reap',
  operands: [],
  summary: 'end the runs whose runner died',
  description: [
    'Finds runs whose runner died: it is known to have ended, or nothing was heard of it for 60 s. What still runs in the',
    'database is stopped, a publication that had begun is completed, and what was only staged is removed. The run has then SUCCEEDED, where',
    'its last statement is published by that, or FAILED with RUNNER_LOST. What an ended run left, because the store did',
    'not answer any more, is removed as well. Runs that live are left alone, and it may run several times at once.',
    'To log in at the database it takes the one of -d, BATCHQUERY_DATABASE or batchquery.yaml that has the same host;',
    'where there is none it says so and does the rest.',
    'Stdout gets a line for every such run: its id and state, then what was completed and what was given up.',
  ].join('\n'),
  options: [since, dryRun, database, ...HOME, ...TALK],
  examples: ['reap --dry-run', 'reap --since 7d --json', 'reap -d mysql://admin@db.example.com/sales'],
  load: async () => (await import('../execution/reap.ts')).reap,
}
