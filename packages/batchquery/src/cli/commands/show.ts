import type { Command } from '../command.ts'
import { HOME, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const show: Command = {
  name: 'show',
  operands: [RUN],
  summary: 'show a run',
  description: [
    'Shows a run: its state, what it was given, what it read and published, its error; of a RUNNING one also how quick it is and when its runner was last heard. Progress counts bytes before compression, an export those that the store has.',
    'A run is dead when its runner is known to have ended, or was not heard of for 60 s: its id run again, or reap, takes it from there. --json prints the run record.',
  ].join('\n'),
  options: [...HOME, ...TALK],
  examples: ['show 20261123-021545-7k3f9q', 'show 20261123-021545-7k3f9q --json'],
  load: async () => (await import('../execution/show.ts')).show,
}
