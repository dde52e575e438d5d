import type { Command } from '../command.ts'
import { database, engine, HOME, maxSessions, mode, param, pin, TALK, timeout } from '../options.ts'

export const plan: Command = {
  name: 'plan',
  operands: [{ form: '<task>', description: 'a file of SQL, or s3://BUCKET/KEY' }],
  summary: 'say what the exports of a task would do',
  description: [
    'Logs in to the database and says for each export of a SQL task: its columns with their types, how many rows the statistics expect, how the server reads them, the ranges of PARALLEL, sessions, memory, files and locks. Estimates the time and the cost on Fargate.',
    'It runs no statement of the task, and reads statistics and index rows only. An export that needs an earlier statement of the task is not planned.',
    'The exit code is not 0 if a run would refuse an export.',
  ].join('\n'),
  options: [database, param, ...HOME, engine, pin, mode, maxSessions, timeout, ...TALK],
  examples: [
    'plan ./report.sql',
    'plan ./report.sql -p month=2026-11 --json',
    'plan s3://batchquery-s3/script/orders.sql -d mysql://reader@db.example.com/sales',
  ],
  load: async () => (await import('../execution/plan.ts')).plan,
}
