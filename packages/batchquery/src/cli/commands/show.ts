import type { Command } from '../command.ts'
import { openHome } from '../home.ts'
import { HOME, TALK } from '../options.ts'
import { runSummary } from '../run-text.ts'

export const show: Command = {
  name: 'show',
  operands: [{ form: '<run>', description: 'id of the run' }],
  summary: 'show a run',
  description: 'Shows a run: its state, what it read and published, its error. --json prints the run record.',
  options: [...HOME, ...TALK],
  examples: ['show 20261123-021545-7k3f9q', 'show 20261123-021545-7k3f9q --json'],
  async execute({ operands: [id], options }, context) {
    const { runs } = await openHome(options, context)
    const record = await runs.read(id)
    return { document: record, text: runSummary(record), exitCode: 0 }
  },
}
