import type { Command } from '../command.ts'
import { exportNumber, HOME, join, noProgress, overwrite, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const get: Command = {
  name: 'get',
  operands: [RUN, { form: '[dir]', description: 'folder to download into (default: the current one)' }],
  summary: 'download what a run published',
  description: [
    'Downloads the parts that a run published, and checks their size and SHA-256. A file appears complete and checked, or not at all. Prints the path of each file.',
    '--join writes the parts of one export to one file, in order, with the header once. Compressed parts stay compressed, so the name must end in .gz or .zst like theirs. Several PARQUET parts cannot be joined.',
  ].join('\n'),
  options: [exportNumber, join, overwrite, ...HOME, noProgress, ...TALK],
  examples: [
    'get 20261123-021545-7k3f9q ./out',
    'get 20261123-021545-7k3f9q --join result.tsv',
    'get 20261123-021545-7k3f9q --export 2 --join customers.tsv --overwrite',
  ],
  load: async () => (await import('../execution/get.ts')).get,
}
