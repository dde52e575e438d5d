import type { Command } from '../command.ts'
import { openHome } from '../home.ts'
import { HOME, TALK } from '../options.ts'
import { runSummary } from '../run-text.ts'

export const show: Command = {
  name: 'show',
  operands: [{ form: '<run>', description: 'id of the run' }],
  summary: 'show a run',
  description: [
    'Shows a run: its state, what it read and published, its error. A run of whose runner nothing was heard for 60 s is',
    'dead: its id run again, or reap, takes it from there. --json prints the run record.',
  ].join('\n'),
  options: [...HOME, ...TALK],
  examples: ['show 20261123-021545-7k3f9q', 'show 20261123-021545-7k3f9q --json'],
  async execute({ operands: [id], options }, context) {
    const { runs } = openHome(options, context)
    const record = await runs.read(id)
    const dead = await runs.isDead(record)
    return { document: { ...record, dead }, text: runSummary(record, dead), exitCode: 0 }
  },
}
