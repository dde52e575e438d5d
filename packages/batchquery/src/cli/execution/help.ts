import { readManual } from '../../platform/manual.ts'
import type { Command, Execute } from '../command.ts'
import { commandHelp, exitCodes, programHelp } from '../help-text.ts'

/** Prints the help of the program, of a command, or a page of the manual. */
export const printHelp =
  (commands: readonly Command[]): Execute =>
  async ({ operands: [topic] }, { output: { columns } }) => {
    const command = commands.find(({ name }) => name === topic)
    const text = command === undefined ? await page(topic, commands, columns) : commandHelp(command, columns)
    return { document: undefined, text, exitCode: 0 }
  }

async function page(
  topic: string | undefined,
  commands: readonly Command[],
  columns: number,
): Promise<string> {
  if (topic === undefined) return programHelp(commands, columns)
  return topic === 'exit-codes' ? exitCodes().join('\n') : (await readManual(topic)).trimEnd()
}
