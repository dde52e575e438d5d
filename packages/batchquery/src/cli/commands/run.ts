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
    'Runs a task and follows it to its end: SQL, a script in TypeScript, JavaScript, Python, bash, or with a #! line; in a folder,',
    'its index. A file is uploaded and pinned for this run.',
    'Stdout gets a line for every published part: URI, rows, bytes. --json prints the run record.',
    'Ctrl-C cancels the run; a second one kills it.',
    'With the engine fargate the run continues without this process: the same command with the same --run-id follows it again.',
    '--detach starts the run and prints its id; `batchquery logs -f`, `show` and `cancel` take it from there.',
    '--dry-run reads the task and shows what would run, where, and each statement; it writes nothing and logs in nowhere.',
  ].join('\n'),
  options: [...RUN_OPTIONS, dryRun, noProgress, ...TALK],
  examples: [
    'run ./report.sql',
    'run s3://batchquery-s3/script/batchquery.sql --timeout 2h',
    'run ./report.sql -p month=2026-11 -p ids=1,2,3 -p note=@note.txt',
    'run ./job.ts -p month=2026-11 -e API_TOKEN -- --full',
    'run s3://batchquery-s3/script/report/ --pin sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'run ./report.sql --retries 3',
    'run ./report.sql --dry-run',
    'run ./report.sql -d sales --detach',
    'run ./report.sql --engine fargate --cpu 1024 --memory 4GB --spot',
    "run ./report.sql -d 'mysql://reader@db.example.com/sales?passwordFile=/run/secrets/db'",
  ],
  load: async () => (await import('../execution/run.ts')).run,
}
