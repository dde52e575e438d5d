import type { Command } from '../command.ts'
import { HOME, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const show: Command = {
  name: 'show',
  operands: [RUN],
  summary: 'show a run',
  description: [
    'Shows a run: its state, input, progress, exports (of PARQUET with the columns, from the end of the first part) and error. For a RUNNING run also its speed, and when its runner was last heard. Progress counts bytes before compression; an export counts those in the store.',
    'A run is dead if its runner has ended or was silent for 60 s: run its id again, or use reap.',
  ].join('\n'),
  options: [...HOME, ...TALK],
  examples: ['show 20261123-021545-7k3f9q', 'show 20261123-021545-7k3f9q --json'],
  load: async () => (await import('../execution/show.ts')).show,
}
