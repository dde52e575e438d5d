import type { Command } from '../command.ts'
import { database, dryRun, HOME, since, TALK } from '../options.ts'

export const reap: Command = {
  name: 'reap',
  operands: [],
  summary: 'end the runs whose runner died',
  description: [
    'Finds runs whose runner died: it is known to have ended, or nothing was heard of it for 60 s. It stops their statements in the',
    'database, completes a publication that has begun, and removes what is only staged. The run has then SUCCEEDED if that publishes',
    'its last statement, otherwise FAILED with RUNNER_LOST. It also removes the leftovers of ended runs whose store did',
    'not answer at the end. It does not touch live runs, and may run several times at once.',
    'To log in to a database it uses the URL of -d, BATCHQUERY_DATABASE or batchquery.yaml with the same host. If there is none,',
    'it warns and does the rest.',
    'Stdout gets a line for every such run: its id and state, then the completed and the aborted exports.',
  ].join('\n'),
  options: [since, dryRun, database, ...HOME, ...TALK],
  examples: ['reap --dry-run', 'reap --since 7d --json', 'reap -d mysql://admin@db.example.com/sales'],
  load: async () => (await import('../execution/reap.ts')).reap,
}
