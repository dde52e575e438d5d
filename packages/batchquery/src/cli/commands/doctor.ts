import type { Command } from '../command.ts'
import { database, engine, HOME, TALK } from '../options.ts'

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'check all that a run needs',
  description: [
    'Checks, before the first run, what a run needs of its database and of its store: the settings and where they come',
    'from, the name of the host, the connection, TLS and how long its certificates last, the login, the clocks, the',
    'right to read, that a statement can be stopped, the settings of the server; the bucket, that objects can be',
    'written, read, listed, created once, staged and removed; and an export of one row, which is read back. It writes',
    'under output/doctor-.../ of the home bucket, and removes that again.',
    'With the engine fargate also what AWS has for a run: who asks, the stack, cluster, task definition, image, log group,',
    'the ways out of the subnets, security groups, the rights to start runs. Of the database then only what can be seen from',
    'here, as an ECS task logs in; it writes under runs/doctor-.../.',
    'Stdout gets a line for every check: ok, failed or skipped, and the figure that was met; under a failed one why it',
    'failed, and how to repair it. A check is skipped where one that it needs has failed, or where there is nothing to',
    'check. The exit code is 0 where no check has failed, otherwise that of the first one that has.',
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
