import { TASK_KEY } from '../article.ts'
import type { Command } from '../command.ts'
import { TALK } from '../options.ts'

export const demo: Command = {
  name: 'demo',
  operands: [],
  summary: 'see a run with nothing configured',
  description: [
    'Creates a small table in an embedded DuckDB, puts a task into a store that is a folder, runs it, and prints what to do next.',
    `Uses .batchquery in the current folder, and ignores all settings. Keeps an existing table1, and replaces ${TASK_KEY} and its result.`,
  ].join('\n'),
  options: TALK,
  examples: ['demo', 'demo --json'],
  load: async () => (await import('../execution/demo.ts')).demo,
}
