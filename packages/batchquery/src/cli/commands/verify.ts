import type { Command } from '../command.ts'
import { HOME, noProgress, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const verify: Command = {
  name: 'verify',
  operands: [RUN],
  summary: 'compare a result with what was published',
  description: [
    'Reads everything that a run published, and compares it with the ledger of the run: sizes and SHA-256 of the parts, missing and additional parts, the manifest. For PARQUET also rows and columns of the footer, and the checksums of the pages.',
    'Prints a line for each export, ok or the difference, and a summary. Differences also go to stderr. If there are any, or if the run has not SUCCEEDED, it ends with 6.',
  ].join('\n'),
  options: [...HOME, noProgress, ...TALK],
  examples: ['verify 20261123-021545-7k3f9q', 'verify 20261123-021545-7k3f9q --json'],
  load: async () => (await import('../execution/verify.ts')).verify,
}
