import type { Command } from '../command.ts'
import { openHome } from '../home.ts'
import { follow, HOME, TALK } from '../options.ts'

export const logs: Command = {
  name: 'logs',
  operands: [{ form: '<run>', description: 'id of the run' }],
  summary: 'print the log of a run',
  description: 'Prints the log of a run as far as it is written; with -f goes on until the run has ended.',
  options: [follow, ...HOME, ...TALK],
  examples: ['logs 20261123-021545-7k3f9q', 'logs -f 20261123-021545-7k3f9q'],
  async execute({ operands: [id], options }, context) {
    const { runs } = await openHome(options, context)
    const { output } = context
    const pieces = options.follow ? runs.followLog(id, output.closed) : runs.readLog(id)
    const collected: string[] = []
    for await (const piece of pieces) {
      if (options.json) collected.push(piece)
      else await output.write(piece)
    }
    return { document: { run: id, log: collected.join('') }, text: '', exitCode: 0 }
  },
}
