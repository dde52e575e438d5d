import type { Command } from '../command.ts'
import { database, dryRun, HOME, since, TALK } from '../options.ts'

export const reap: Command = {
  name: 'reap',
  operands: [],
  summary: 'end the runs whose runner died',
  description: [
    'Finds dead runs, whose runner has ended or was silent for 60 s. Stops their statements in the database, completes publications that have begun, and removes staged parts. Such a run has then SUCCEEDED if that publishes its last statement, otherwise FAILED with RUNNER_LOST.',
    'Also removes leftovers of ended runs whose store did not answer at the end. It does not touch live runs, and several can run at the same time.',
    'Logs in with the URL of -d, BATCHQUERY_DATABASE or batchquery.yaml that has the host of the run. If there is none, it warns and does the rest.',
    'Prints a line for each such run: id, state, completed exports, aborted exports.',
  ].join('\n'),
  options: [since, dryRun, database, ...HOME, ...TALK],
  examples: ['reap --dry-run', 'reap --since 7d --json', 'reap -d mysql://admin@db.example.com/sales'],
  load: async () => (await import('../execution/reap.ts')).reap,
}
