import type { Command } from '../command.ts'
import { failed, HOME, limit, since, state, TALK } from '../options.ts'

export const ls: Command = {
  name: 'ls',
  operands: [],
  summary: 'list runs, the newest first',
  description: [
    'Lists the runs of the home bucket, the newest first. A run is dead when its runner is known to have',
    'ended, or was not heard of for 60 s: its id run again, or reap, takes it from there.',
  ].join('\n'),
  options: [limit, since, state, failed, ...HOME, ...TALK],
  examples: ['ls', 'ls --since 2d', 'ls --failed', 'ls --since 2026-11-01 --limit 100 --json'],
  load: async () => (await import('../execution/index.ts')).ls,
}
