import type { Command } from '../command.ts'
import { HOME, noWait, TALK, wait } from '../options.ts'
import { RUN } from './run-operand.ts'

export const cancel: Command = {
  name: 'cancel',
  operands: [RUN],
  summary: 'cancel a run',
  description: [
    'Requests the cancel of a run through the store, and waits for its end. Its runner looks every 10 s. It stops the statement',
    'in the database and removes what is staged. If no runner has the run, this command ends it. A publication that has begun',
    'is completed. On Fargate, StopTask ends a runner that does not react. Stdout gets the id and the latest state of the run.',
    'The exit code is 0 if the run has ended, in any state, and 8 if it has not ended in time.',
  ].join('\n'),
  options: [wait, noWait, ...HOME, ...TALK],
  examples: [
    'cancel 20261123-021545-7k3f9q',
    'cancel 20261123-021545-7k3f9q --wait 5m',
    'cancel 20261123-021545-7k3f9q --no-wait',
  ],
  load: async () => (await import('../execution/cancel.ts')).cancel,
}
