import type { Command } from '../command.ts'
import { HOME, noWait, TALK, wait } from '../options.ts'
import { RUN } from './run-operand.ts'

export const cancel: Command = {
  name: 'cancel',
  operands: [RUN],
  summary: 'cancel a run',
  description: [
    'Asks a run to end, through the store, and waits until it has. Its runner looks every 10 s; it stops the statement',
    'in the database and removes what was staged. A run that no runner has is ended here. A publication that has begun',
    'is completed. On Fargate a runner that does not heed the request is ended by StopTask. Stdout gets the id and the state',
    'that the run is in at the end.',
    'The exit code is 0 where the run has ended, however that was, and 8 where it has not in the time given.',
  ].join('\n'),
  options: [wait, noWait, ...HOME, ...TALK],
  examples: [
    'cancel 20261123-021545-7k3f9q',
    'cancel 20261123-021545-7k3f9q --wait 5m',
    'cancel 20261123-021545-7k3f9q --no-wait',
  ],
  load: async () => (await import('../execution/cancel.ts')).cancel,
}
