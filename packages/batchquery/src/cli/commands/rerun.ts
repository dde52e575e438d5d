import type { Command } from '../command.ts'
import { noProgress, TALK } from '../options.ts'
import { RUN } from './run-operand.ts'
import { RUN_OPTIONS } from './run-options.ts'

export const rerun: Command = {
  name: 'rerun',
  operands: [RUN],
  summary: 'run the task of a run again, as a new run',
  description: [
    'Starts a new run of the task of another run: the same bytes, with its parameters, arguments, database, engine, mode, timeout and retries. Options replace those of that run, and -p replaces one parameter. The other run can be in any state, and does not change.',
    'The record has no secrets and no variables of a script. Give them again with -p and -e; an error names the missing ones before the run starts. If a task in the store has changed, the command refuses it.',
    'Output and exit code are those of `batchquery run`.',
  ].join('\n'),
  options: [...RUN_OPTIONS, noProgress, ...TALK],
  examples: [
    'rerun 20261123-021545-7k3f9q',
    'rerun last -p month=2026-12',
    'rerun last -p token=@token.txt --detach',
  ],
  load: async () => (await import('../execution/rerun.ts')).rerun,
}
