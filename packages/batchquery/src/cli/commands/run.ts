import type { Command } from '../command.ts'
import { dryRun, noProgress, TALK } from '../options.ts'
import { RUN_OPTIONS } from './run-options.ts'

export const run: Command = {
  name: 'run',
  operands: [
    { form: '<task>', description: 'a file or a folder, or s3://BUCKET/KEY; the KEY of a folder ends in /' },
    { form: '[arg...]', description: 'arguments of a script; put -- before those that begin with -' },
  ],
  summary: 'run a task and follow it to its end',
  description: [
    'Runs a task and follows it to its end. A task is a file of SQL, a script in TypeScript, JavaScript, Python, bash or with a #! line, or a folder with an index. A local file is uploaded and pinned for this run.',
    'Prints a line for each published part: URI, rows, bytes. Ctrl-C cancels the run, and a second one kills it.',
    'With the engine fargate, the run continues without this process. The same command with the same --run-id follows it again.',
  ].join('\n'),
  options: [...RUN_OPTIONS, dryRun, noProgress, ...TALK],
  examples: [
    'run ./report.sql',
    'run s3://batchquery-s3/script/batchquery.sql --timeout 2h',
    'run ./report.sql -p month=2026-11 -p ids=1,2,3 -p note=@note.txt',
    'run ./job.ts -p month=2026-11 -e API_TOKEN -- --full',
    'run ./report.sql -d sales --detach --retries 3',
    'run ./report.sql --engine fargate --cpu 1024 --memory 4GB --spot',
    'run ./report.sql -d mysql://reader@db.example.com/sales --dry-run',
  ],
  load: async () => (await import('../execution/run.ts')).run,
}
