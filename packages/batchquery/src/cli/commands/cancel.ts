import type { Command } from '../command.ts'
import { HOME, noWait, TALK, wait } from '../options.ts'
import { RUN } from './run-operand.ts'

export const cancel: Command = {
  name: 'cancel',
  operands: [RUN],
  summary: 'cancel a run',
  description: [
    'Requests a cancel through the store, and waits for the end of the run. The runner looks for the request every 10 s, stops the statement in the database, and removes staged parts. If the run has no runner, this command ends it. If a publication has begun, the run completes it.',
    'On Fargate, StopTask ends a runner that does not react.',
    'Prints the id and the state of the run. Ends with 0 if the run has ended, in any state, and with 8 if not.',
  ].join('\n'),
  options: [wait, noWait, ...HOME, ...TALK],
  examples: [
    'cancel 20261123-021545-7k3f9q',
    'cancel 20261123-021545-7k3f9q --wait 5m',
    'cancel 20261123-021545-7k3f9q --no-wait',
  ],
  load: async () => (await import('../execution/cancel.ts')).cancel,
}
