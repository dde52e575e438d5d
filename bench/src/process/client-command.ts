import type { Limits } from './limits.ts'

/** A program, or several joined by a shell, as they are measured. */
export interface ClientCommand {
  readonly argv: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
  readonly folder?: string
  /** The process and its children run under these. @default - none */
  readonly limits?: Limits
}

/**
 * A line of shell, with `args` as "$@". It fails where any program of a pipeline fails.
 */
export function shell(
  line: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ClientCommand {
  return { argv: ['bash', '-c', `set -o pipefail; ${line}`, 'bench', ...args], environment }
}
