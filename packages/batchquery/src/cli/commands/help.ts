import { TOPICS } from '../../platform/manual.ts'
import type { Command } from '../command.ts'

/** @param commands all commands, with this one */
export const help = (commands: () => readonly Command[]): Command => ({
  name: 'help',
  // The list of commands is not complete yet when this one is made.
  get operands() {
    const choices = [...commands().map(({ name }) => name), ...TOPICS.keys()]
    return [{ form: '[topic]', description: 'a command, or a page of the manual', choices }] as const
  },
  summary: 'print the help of a command, or a page of the manual',
  description: 'Prints the help of a command, or a page of the manual. Without a topic, it lists both.',
  options: [],
  examples: ['help', 'help run', 'help sql-tasks', 'help exit-codes'],
  load: async () => (await import('../execution/help.ts')).printHelp(commands()),
})
