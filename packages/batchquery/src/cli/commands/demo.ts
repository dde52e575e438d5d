import { TASK_KEY } from '../article.ts'
import type { Command } from '../command.ts'
import { TALK } from '../options.ts'

export const demo: Command = {
  name: 'demo',
  operands: [],
  summary: 'see a run with nothing configured',
  description: [
    'Makes a small table in an embedded DuckDB, puts a task into a store that is a folder, and runs it.',
    'Works in .batchquery of the current folder, and ignores all settings. An existing table1 does not change;',
    `${TASK_KEY} and its result are replaced.`,
  ].join('\n'),
  options: TALK,
  examples: ['demo', 'demo --json'],
  load: async () => (await import('../execution/demo.ts')).demo,
}
