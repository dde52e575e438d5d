import type { Command, Invocation, Outcome } from '../command.ts'
import { COMPLETION_SHELLS, completionScript } from '../completion/index.ts'
import { TALK } from '../options.ts'

/** @param commands the commands to complete, including this one */
export const completion = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  operands: [{ form: '<shell>', description: 'the shell', choices: Object.keys(COMPLETION_SHELLS) }],
  summary: 'print a script that completes command lines',
  description: [
    'Prints a script with which a shell completes commands and options. To load it in every shell:',
    '',
    ...Object.entries(COMPLETION_SHELLS).map(([shell, { install }]) => `  ${shell.padEnd(4)}  ${install}`),
  ].join('\n'),
  options: TALK,
  examples: Object.keys(COMPLETION_SHELLS).map(shell => `completion ${shell}`),
  load: async () => invocation => printScript(invocation, commands()),
})

async function printScript(
  { operands: [shell] }: Invocation,
  commands: readonly Command[],
): Promise<Outcome> {
  const script = completionScript(shell, commands)
  return { document: { shell, script }, text: script.trimEnd(), exitCode: 0 }
}
