import type { Option } from 'commander'
import type { Log } from '../platform/index.ts'
import type { Options } from './options.ts'
import type { Output } from './output.ts'

/** One command of the command line: how it is called, and what it does. */
export interface Command {
  readonly name: string
  /** Its operands as `--help` shows them: `<one>`, `[none or one]`, `[any...]`. */
  readonly operands: readonly Operand[]
  /** One line, for the list of commands. */
  readonly summary: string
  /** More of it, for its own help. */
  readonly description: string
  readonly options: readonly Option[]
  /** Command lines without the program's name. */
  readonly examples: readonly string[]
  /** What it does, loaded when it is to be done: parsing a command line and the help take none of it. */
  load(): Promise<Execute>
}

export type Execute = (invocation: Invocation, context: Context) => Promise<Outcome>

export interface Operand {
  readonly form: `<${string}>` | `[${string}]`
  readonly description: string
  /** The only values that it takes. */
  readonly choices?: readonly string[]
}

/** What was typed, checked against the command's declaration. */
export interface Invocation {
  readonly operands: readonly string[]
  readonly options: Options
}

/** What a command has of its process. */
export interface Context {
  readonly environment: NodeJS.ProcessEnv
  /** What relative paths start from. */
  readonly folder: string
  readonly log: Log
  readonly output: Output
}

/** What a command leaves on stdout and as exit code; an error that is thrown is told by the program. */
export interface Outcome {
  /** For `--json`; undefined where all of it stands on stdout already. */
  readonly document: unknown
  /** For people, without the last line feed; empty prints nothing. */
  readonly text: string
  readonly exitCode: number
}
