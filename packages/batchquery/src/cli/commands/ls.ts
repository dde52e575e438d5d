import type { Command } from '../command.ts'
import { errorCode, failed, HOME, limit, ofTask, onDatabase, since, state, TALK, watch } from '../options.ts'

export const ls: Command = {
  name: 'ls',
  operands: [],
  summary: 'list runs, the newest first',
  description: [
    'Lists the runs of the home bucket, the newest first. TIME is how long a run took, or has taken so far. SIZE is the size of its exports before compression. A run is dead if its runner has ended or was silent for 60 s: run its id again, or use reap.',
    '--watch follows the runs until Ctrl-C. A terminal shows the list, redrawn every 2 s. Otherwise each change of a run is a line: time, id, state, task and error code, with tabs in between; with --json, it is the record of the run.',
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
