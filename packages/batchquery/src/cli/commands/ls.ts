import type { Command } from '../command.ts'
import { errorCode, failed, HOME, limit, ofTask, onDatabase, since, state, TALK, watch } from '../options.ts'

export const ls: Command = {
  name: 'ls',
  operands: [],
  summary: 'list runs, the newest first',
  description: [
    'Lists the runs of the home bucket, the newest first. TIME is how long a run took, or has taken so far; SIZE is what it exported so far, before compression. A run is dead when its runner is known to have ended, or was not heard of for 60 s: its id run again, or reap, takes it from there.',
    'With --watch it goes on until Ctrl-C: a terminal shows the list, drawn anew every 2 s; elsewhere stdout gets a line for each change of a run: time, id, state, task and error code, with tabs between; with --json the record of that run.',
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
