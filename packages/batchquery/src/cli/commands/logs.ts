import type { Command } from '../command.ts'
import { attempt, follow, HOME, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const logs: Command = {
  name: 'logs',
  operands: [RUN],
  summary: 'print the log of a run',
  description: [
    'Prints the log of a run as far as it is written; with -f until the run has ended. A run with several attempts has a log for',
    'each: all are printed, and a line before each shows the attempt.',
    'With -f it ends with 1 if nothing was heard of a runner for 60 s, or if the runner is known to be dead.',
  ].join('\n'),
  options: [follow, attempt, ...HOME, ...TALK],
  examples: [
    'logs 20261123-021545-7k3f9q',
    'logs -f 20261123-021545-7k3f9q',
    'logs 20261123-021545-7k3f9q --attempt 1',
  ],
  load: async () => (await import('../execution/logs.ts')).logs,
}
