import { BatchQueryError } from '../../errors/index.ts'
import type { Command } from '../command.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

interface Shell {
  readonly script: (commands: readonly Command[]) => string
  /** How a user loads the script. */
  readonly install: string
}

export const COMPLETION_SHELLS: Readonly<Record<string, Shell>> = {
  bash: { script: bashScript, install: "echo 'source <(batchquery completion bash)' >> ~/.bashrc" },
  zsh: {
    script: zshScript,
    install: "echo 'source <(batchquery completion zsh)' >> ~/.zshrc  (after compinit)",
  },
  fish: {
    script: fishScript,
    install: 'batchquery completion fish > ~/.config/fish/completions/batchquery.fish',
  },
}

/**
 * Returns a script that completes command lines from the declarations of the commands. The script starts no program.
 *
 * @throws USAGE
 */
export function completionScript(shell: string, commands: readonly Command[]): string {
  const found = Object.hasOwn(COMPLETION_SHELLS, shell) ? COMPLETION_SHELLS[shell] : undefined
  if (found === undefined)
    throw new BatchQueryError('USAGE', `batchquery has no completion for ${JSON.stringify(shell)}`, {
      hint: `Name one of ${Object.keys(COMPLETION_SHELLS).join(', ')}.`,
    })
  return found.script(commands)
}
