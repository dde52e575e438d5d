import type { Command } from '../command.ts'
import { follow, HOME, TALK } from '../options.ts'

export const logs: Command = {
  name: 'logs',
  operands: [{ form: '<run>', description: 'id of the run' }],
  summary: 'print the log of a run',
  description: 'Prints the log of a run as far as it is written; with -f goes on until the run has ended.',
  options: [follow, ...HOME, ...TALK],
  examples: ['logs 20261123-021545-7k3f9q', 'logs -f 20261123-021545-7k3f9q'],
  load: async () => (await import('../execution/index.ts')).logs,
}
