import type { Command } from '../command.ts'
import { HOME, noProgress, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'

export const verify: Command = {
  name: 'verify',
  operands: [RUN],
  summary: 'compare a result with what was published',
  description: [
    'Reads everything that a run published and compares it with the ledger of the run: the sizes and SHA-256 of the parts, parts that are missing or too many, the manifest. A PARQUET part must also agree with itself: the rows and columns of its footer, the checksums of its pages.',
    'Stdout gets a line for every export, ok or what differs, and a last line for all of them. Each difference goes to stderr, and the exit code is then 6; also if the run has not SUCCEEDED.',
  ].join('\n'),
  options: [...HOME, noProgress, ...TALK],
  examples: ['verify 20261123-021545-7k3f9q', 'verify 20261123-021545-7k3f9q --json'],
  load: async () => (await import('../execution/verify.ts')).verify,
}
