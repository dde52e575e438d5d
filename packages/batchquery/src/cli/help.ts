import { EXIT_CODES } from '../errors/index.ts'
import type { Command } from './command.ts'

export const PROGRAM = 'batchquery'

/** What stands below the options in the help of a command. */
export function helpEnding({ examples }: Pick<Command, 'examples'>): string {
  return [
    '',
    'Examples:',
    ...examples.map(example => `  ${PROGRAM} ${example}`),
    '',
    'Exit codes:',
    ...EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join('\n')
}
