import type { Command } from '../command.ts'
import {
  cpu,
  database,
  detach,
  engine,
  env,
  exclusive,
  HOME,
  memory,
  mode,
  noProgress,
  param,
  pin,
  retries,
  runId,
  spot,
  TALK,
  timeout,
} from '../options.ts'
import { RUN } from './run-operand.ts'

export const rerun: Command = {
  name: 'rerun',
  operands: [RUN],
  summary: 'run the task of a run again, as a new run',
  description: [
    'Starts a new run of the task of another run: the same bytes, with its parameters, arguments, database, engine, mode,',
    'timeout and retries. Options replace what that run had; -p replaces one parameter. A task in the store that has changed',
    'since is refused. The record has no secrets and no variables of a script: they are given again with -p and -e, and',
    'those that are missing are named before anything starts. The other run may be in any state, and stays as it is.',
    'Stdout and exit code are those of `batchquery run`.',
  ].join('\n'),
  options: [
    ...[database, param, env, ...HOME, engine, cpu, memory, spot],
    ...[timeout, retries, runId, pin, mode, exclusive, detach, noProgress, ...TALK],
  ],
  examples: [
    'rerun 20261123-021545-7k3f9q',
    'rerun last -p month=2026-12',
    'rerun last -p token=@token.txt --detach',
  ],
  load: async () => (await import('../execution/rerun.ts')).rerun,
}
