import { Argument, CommanderError, Command as Parser } from 'commander'
import { BatchQueryError } from '../errors/index.ts'
import { packageVersion } from '../platform/index.ts'
import type { Command, Invocation } from './command.ts'
import { commandHelp, programHelp } from './help-text.ts'
import type { Options } from './options.ts'

const PROGRAM = 'batchquery'

/** The result of parsing: a command to execute, or a text to print, such as the help. */
export type Parsed =
  | { readonly command: Command; readonly invocation: Invocation }
  | { readonly text: string }

/**
 * Parses a command line.
 *
 * @param argv without the program's name
 * @param columns the width of the help
 * @throws USAGE
 */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  columns = 80,
): Parsed {
  const parsed: Parsed[] = []
  let text = ''
  const program = newParser(PROGRAM)
    .version(packageVersion(), '--version')
    .helpCommand(false)
    .configureHelp({ formatHelp: () => programHelp(commands, columns) })
    .configureOutput({ writeOut: part => (text += part), writeErr: () => {} })
  for (const command of commands) {
    addCommand(program, command, columns, invocation => parsed.push({ command, invocation }))
  }
  try {
    program.parse(argv, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    // Zero: the user asked for the text.
    if (thrown.exitCode !== 0) throw usageError(thrown, argv, commands)
  }
  return parsed[0] ?? { text: text.trimEnd() }
}

/** Whether the command line has `--json`, also if it cannot be parsed. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json')
}

function addCommand(
  program: Parser,
  command: Command,
  columns: number,
  onParsed: (invocation: Invocation) => void,
): void {
  const parser = newParser(command.name)
    .copyInheritedSettings(program)
    .configureHelp({ formatHelp: () => commandHelp(command, columns) })
  for (const { form, description, choices } of command.operands) {
    const argument = new Argument(form, description)
    parser.addArgument(choices === undefined ? argument : argument.choices(choices))
  }
  for (const option of command.options) parser.addOption(option)
  parser.action(() => onParsed({ operands: parser.args, options: parser.opts<Options>() }))
  program.addCommand(parser)
}

/** The parser throws instead of ending the process. */
const newParser = (name: string): Parser =>
  new Parser(name).exitOverride().allowExcessArguments(false).showSuggestionAfterError()

/**
 * Without a command, commander shows its help and no error. Otherwise it writes `error: what` and, if it has a suggestion,
 * `(Did you mean this?)` on a second line.
 */
function usageError(
  { code, message }: CommanderError,
  argv: readonly string[],
  commands: readonly Command[],
): BatchQueryError {
  if (code === 'commander.help') {
    const typed = argv.length === 0 ? 'nothing' : JSON.stringify(argv.join(' '))
    return new BatchQueryError('USAGE', `expected a command, found ${typed}`, {
      hint: `Run \`${PROGRAM} --help\` to see the commands, or \`${PROGRAM} demo\` to see a run.`,
    })
  }
  const [what, suggestion] = message.replace(/^error: /, '').split('\n')
  const named = commands.find(({ name }) => name === argv[0])
  const help = `\`${PROGRAM}${named === undefined ? '' : ` ${named.name}`} --help\` shows its options.`
  const hint = suggestion === undefined ? help : `${suggestion.replace(/^\((.*)\)$/, '$1')} ${help}`
  return new BatchQueryError('USAGE', what, { hint })
}
