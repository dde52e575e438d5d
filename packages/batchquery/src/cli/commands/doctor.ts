import type { Command } from '../command.ts'
import { database, engine, HOME, TALK } from '../options.ts'

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'check all that a run needs',
  description: [
    'Checks, before the first run, what a run needs of its database and of its store: the settings and their sources,',
    'the name of the host, the connection, TLS and how long its certificates last, the login, the clocks, the',
    'right to read, that a statement can be stopped, the settings of the server; the bucket, that objects can be',
    'written, read, listed, created once, staged and removed; and an export of one row, which is read back. It writes',
    'under output/doctor-.../ of the home bucket, and removes that again.',
    'With the engine fargate it also checks what a run needs of AWS: the caller, stack, cluster, task definition, image, log group,',
    'the routes of the subnets, security groups, and the rights to start runs. An ECS task logs in to the database, so this command',
    'checks only what is visible from here; it writes under runs/doctor-.../.',
    'Stdout gets a line for every check: ok, failed or skipped, and the actual figure. After a failed check come the reason',
    'and the repair. A check is skipped if a check that it needs has failed, or if there is nothing to check. The exit code',
    'is 0 if no check has failed, otherwise that of the first failed check.',
  ].join('\n'),
  options: [database, ...HOME, engine, ...TALK],
  examples: [
    'doctor',
    'doctor --engine fargate',
    'doctor -d sales --store s3 --bucket my-bucket',
    'doctor --json',
  ],
  load: async () => (await import('../execution/doctor.ts')).doctor,
}
