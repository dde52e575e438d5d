import type { Option } from 'commander'
import type { Log } from '../platform/index.ts'
import type { Options } from './options.ts'
import type { Output } from './output.ts'

/** A command of the command line: its declaration, and the code that executes it. */
export interface Command {
  readonly name: string
  /** Its operands as `--help` shows them: `<one>`, `[none or one]`, `[any...]`. */
  readonly operands: readonly Operand[]
  /** One line for the list of commands. */
  readonly summary: string
  /** The text of its own help. */
  readonly description: string
  readonly options: readonly Option[]
  /** Command lines without the program's name. */
  readonly examples: readonly string[]
  /** Loads the code that executes it: parsing a command line and printing the help must not load it. */
  load(): Promise<Execute>
}

export type Execute = (invocation: Invocation, context: Context) => Promise<Outcome>

export interface Operand {
  readonly form: `<${string}>` | `[${string}]`
  readonly description: string
  /** The only values that it takes. */
  readonly choices?: readonly string[]
}

/** The operands and options of a command line, checked against the command's declaration. */
export interface Invocation {
  readonly operands: readonly string[]
  readonly options: Options
}

/** The parts of its process that a command uses. */
export interface Context {
  readonly environment: NodeJS.ProcessEnv
  /** Relative paths start here. */
  readonly folder: string
  readonly log: Log
  readonly output: Output
}

/** The stdout and exit code of a command. The program itself reports an error that the command throws. */
export interface Outcome {
  /** For `--json`; undefined if the command has written it already. */
  readonly document: unknown
  /** For the user, without the last line feed; prints nothing if empty. */
  readonly text: string
  readonly exitCode: number
}
