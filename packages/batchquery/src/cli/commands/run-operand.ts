import type { Operand } from '../command.ts'

/** The operand that names a run. */
export const RUN: Operand = {
  form: '<run>',
  description: 'id of the run, the beginning of one, or `last` for the newest run',
}
