import type { Command } from '../command.ts'
import { database, engine, HOME, TALK } from '../options.ts'

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'check all that a run needs',
  description: [
    'Checks what a run needs before the first run: the settings and where they come from; host name, connection, TLS and its certificates, login, clocks, the right to read, and whether a statement can be stopped; the bucket and every operation of the store; and an export of one row, which it reads back.',
    'With the engine fargate it also checks AWS: the caller, stack, cluster, task definition, image, log group, routes of the subnets, security groups, and the rights to start runs. It checks only what is visible from this machine, because the ECS task itself logs in to the database.',
    'Prints a line for each check, ok, failed or skipped, and a repair for each failed one. Ends with 0 if no check has failed, otherwise with the exit code of the first failed one. It writes under output/doctor-.../ (Fargate: runs/doctor-.../) of the home bucket, and removes that again.',
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
