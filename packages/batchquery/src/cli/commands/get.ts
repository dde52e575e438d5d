import type { Command } from '../command.ts'
import { exportNumber, HOME, join, noProgress, overwrite, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const get: Command = {
  name: 'get',
  operands: [RUN, { form: '[dir]', description: 'folder to download into (default: the current one)' }],
  summary: 'download what a run published',
  description: [
    'Downloads the parts that a run published, and checks size and SHA-256 as they come. A file appears whole and',
    'checked, or not at all. Stdout gets the path of every file.',
    '--join puts the parts of one export together, in their order; a header that every part has is kept once.',
    'Compressed parts stay compressed, and the name has to end as theirs do, in .gz or .zst.',
  ].join('\n'),
  options: [exportNumber, join, overwrite, ...HOME, noProgress, ...TALK],
  examples: [
    'get 20261123-021545-7k3f9q ./out',
    'get 20261123-021545-7k3f9q --join result.tsv',
    'get 20261123-021545-7k3f9q --export 2 --join customers.tsv --overwrite',
  ],
  load: async () => (await import('../execution/get.ts')).get,
}
