import type { Command } from '../command.ts'
import { HOME, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const show: Command = {
  name: 'show',
  operands: [RUN],
  summary: 'show a run',
  description: [
    'Shows a run: its state, its input, what it read and published (with the columns of a PARQUET export, from the end of its first part), its error; for a RUNNING run also its speed and when its runner was last heard. Progress counts bytes before compression, an export those in the store.',
    'A run is dead if its runner is known to have ended, or if nothing was heard of it for 60 s: run it again with its id, or end it with reap. --json prints the run record.',
  ].join('\n'),
  options: [...HOME, ...TALK],
  examples: ['show 20261123-021545-7k3f9q', 'show 20261123-021545-7k3f9q --json'],
  load: async () => (await import('../execution/show.ts')).show,
}
