import type { Command } from '../command.ts'
import { database, detach, dryRun, HOME, noProgress, param, runId, TALK, timeout } from '../options.ts'

export const run: Command = {
  name: 'run',
  operands: [
    { form: '<task>', description: 'a file, or s3://BUCKET/KEY' },
    { form: '[arg...]', description: 'arguments of the task; put -- before those that begin with -' },
  ],
  summary: 'run a task and follow it to its end',
  description: [
    'Runs a task and follows it to its end. A file is uploaded and pinned for this run.',
    'Stdout gets a line for every part that was published: URI, rows, bytes. --json prints the run record.',
    'Ctrl-C cancels the run; a second one kills it.',
    '--detach starts the run and prints its id; `batchquery logs -f`, `show` and `cancel` take it from there.',
    '--dry-run reads the task and shows what would run, where, and what each statement is; it writes nothing and logs in',
    'nowhere.',
  ].join('\n'),
  options: [database, param, ...HOME, timeout, runId, detach, dryRun, noProgress, ...TALK],
  examples: [
    'run ./report.sql',
    'run s3://batchquery-s3/script/batchquery.sql --timeout 2h',
    'run ./report.sql -p month=2026-11 -p ids=1,2,3 -p note=@note.txt',
    'run ./report.sql --dry-run',
    'run ./report.sql -d sales --detach',
    "run ./report.sql -d 'mysql://reader@db.example.com/sales?passwordFile=/run/secrets/db'",
  ],
  load: async () => (await import('../execution/index.ts')).run,
}
