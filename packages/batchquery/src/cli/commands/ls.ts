import type { Command } from '../command.ts'
import { errorCode, failed, HOME, limit, ofTask, onDatabase, since, state, TALK, watch } from '../options.ts'

export const ls: Command = {
  name: 'ls',
  operands: [],
  summary: 'list runs, the newest first',
  description: [
    'Lists the runs of the home bucket, the newest first. TIME is how long a run took, or has taken so far; SIZE is how much it has exported so far, before compression. A run is dead if its runner is known to have ended, or if nothing was heard of it for 60 s: run it again with its id, or end it with reap.',
    'With --watch it continues until Ctrl-C: a terminal shows the list, redrawn every 2 s; otherwise stdout gets a line for each change of a run: time, id, state, task and error code, separated by tabs; with --json the record of that run.',
  ].join('\n'),
  options: [limit, since, state, failed, errorCode, ofTask, onDatabase, watch, ...HOME, ...TALK],
  examples: [
    'ls',
    'ls --since 2d',
    'ls --failed --task report.sql',
    'ls --error TIMEOUT --database sales',
    'ls --watch',
    'ls --since 2026-11-01 --limit 100 --json',
  ],
  load: async () => (await import('../execution/ls.ts')).ls,
}
