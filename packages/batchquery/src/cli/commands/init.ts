import { CONFIG_FILE } from '../../config/defaults.ts'
import { CONFIG_TEMPLATE } from '../../config/template.ts'
import type { Command } from '../command.ts'
import { force, stack, TALK } from '../options.ts'

export const init: Command = {
  name: 'init',
  operands: [{ form: '[dir]', description: 'folder of the project (default: the current one)' }],
  summary: `write a ${CONFIG_FILE} to begin with`,
  description: [
    `Writes a ${CONFIG_FILE} with comments. It is read by every command in its folder and in those below it. Stdout`,
    'gets its path. With --stack it contains the settings of a stack of batchquery-cdk, so later commands do not ask AWS for them.',
    'Otherwise it contains:',
    '',
    ...CONFIG_TEMPLATE.trimEnd()
      .split('\n')
      .map(line => `  ${line}`.trimEnd()),
  ].join('\n'),
  options: [stack, force, ...TALK],
  examples: ['init', 'init --stack batchquery', 'init ./reports --force'],
  load: async () => (await import('../execution/init.ts')).init,
}
