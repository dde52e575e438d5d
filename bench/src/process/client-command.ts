import type { Limits } from './limits.ts'

/** A program to measure, or several joined by a shell. */
export interface ClientCommand {
  readonly argv: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly folder?: string
  /** The limits of the process and its children. @default - none */
  readonly limits?: Limits
}

/** A line of shell, with `args` as "$@". It fails if any program of a pipeline fails. */
export function shell(
  line: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ClientCommand {
  return { argv: ['bash', '-c', `set -o pipefail; ${line}`, 'bench', ...args], environment }
}
