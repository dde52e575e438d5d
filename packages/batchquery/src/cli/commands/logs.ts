import type { Command } from '../command.ts'
import { attempt, follow, HOME, TALK, worker } from '../options.ts'
import { RUN } from './run-operand.ts'

export const logs: Command = {
  name: 'logs',
  operands: [RUN],
  summary: 'print the log of a run',
  description: [
    'Prints the log of a run, up to now, or with -f until the run has ended. A line before the log of each attempt names the attempt.',
    'With -f the lines of the workers of a run with --tasks come too, after their names.',
    'With -f it ends with 1 if the runner is dead or was silent for 60 s.',
  ].join('\n'),
  options: [follow, attempt, worker, ...HOME, ...TALK],
  examples: [
    'logs 20261123-021545-7k3f9q',
    'logs -f 20261123-021545-7k3f9q',
    'logs 20261123-021545-7k3f9q --attempt 1',
    'logs 20261123-021545-7k3f9q --worker 3',
  ],
  load: async () => (await import('../execution/logs.ts')).logs,
}
