import { CONFIG_FILE } from '../../config/defaults.ts'
import { CONFIG_TEMPLATE } from '../../config/template.ts'
import type { Command } from '../command.ts'
import { envFile, force, stack, TALK } from '../options.ts'

export const init: Command = {
  name: 'init',
  operands: [{ form: '[dir]', description: 'folder of the project (default: the current one)' }],
  summary: `write a ${CONFIG_FILE} to begin with`,
  description: [
    `Writes a ${CONFIG_FILE} with comments, and prints its path. Every command in its folder and below reads it.`,
    'With --stack it contains the settings of a stack of batchquery-cdk, so later commands need not ask AWS. Otherwise it contains:',
    '',
    ...CONFIG_TEMPLATE.trimEnd()
      .split('\n')
      .map(line => `  ${line}`.trimEnd()),
  ].join('\n'),
  options: [stack, envFile, force, ...TALK],
  examples: ['init', 'init --stack batchquery', 'init ./reports --force'],
  load: async () => (await import('../execution/init.ts')).init,
}
