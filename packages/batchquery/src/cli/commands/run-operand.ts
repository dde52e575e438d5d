import type { Operand } from '../command.ts'

/** The run that a command is about. */
export const RUN: Operand = {
  form: '<run>',
  description: 'id of the run, the beginning of one, or `last` for the newest run',
}
