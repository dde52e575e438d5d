import { Argument, CommanderError, Command as Parser } from 'commander'
import { BatchQueryError } from '../errors/index.ts'
import { packageVersion } from '../platform/index.ts'
import type { Command, Invocation } from './command.ts'
import { helpEnding, PROGRAM } from './help.ts'
import type { Options } from './options.ts'

/** What a command line asks for: a command, or a text such as the help. */
export type Parsed =
  | { readonly command: Command; readonly invocation: Invocation }
  | { readonly text: string }

/**
 * Reads a command line; does nothing.
 *
 * @param argv without the program's name
 * @throws USAGE
 */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Parsed {
  const parsed: Parsed[] = []
  let text = ''
  const program = newParser(PROGRAM)
    .description('Runs hours-long SQL as a task and publishes its result, whole or not at all.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', helpEnding({ examples: ['demo', 'run ./report.sql', 'run --help'] }))
    .configureOutput({ writeOut: part => (text += part), writeErr: () => {} })
  for (const command of commands) {
    addCommand(program, command, invocation => parsed.push({ command, invocation }))
  }
  try {
    program.parse(argv, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    // Zero: the text was asked for.
    if (thrown.exitCode !== 0) throw usageError(thrown, argv, commands)
  }
  return parsed[0] ?? { text: text.trimEnd() }
}

/** Whether `--json` was given, also on a command line that cannot be read. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json')
}

function addCommand(program: Parser, command: Command, onParsed: (invocation: Invocation) => void): void {
  const parser = newParser(command.name)
    .copyInheritedSettings(program)
    .summary(command.summary)
    .description(command.description)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', helpEnding(command))
  for (const { form, description, choices } of command.operands) {
    const argument = new Argument(form, description)
    parser.addArgument(choices === undefined ? argument : argument.choices(choices))
  }
  for (const option of command.options) parser.addOption(option)
  parser.action(() => onParsed({ operands: parser.args, options: parser.opts<Options>() }))
  program.addCommand(parser)
}

/** Throws where commander would end the process. */
const newParser = (name: string): Parser =>
  new Parser(name).exitOverride().allowExcessArguments(false).showSuggestionAfterError()

/**
 * Commander shows its help where no command is named, and says nothing. Otherwise it writes `error: what` and, where
 * it has one, `(Did you mean this?)` on a second line.
 */
function usageError(
  { code, message }: CommanderError,
  argv: readonly string[],
  commands: readonly Command[],
): BatchQueryError {
  if (code === 'commander.help') {
    const typed = argv.length === 0 ? 'nothing' : JSON.stringify(argv.join(' '))
    return new BatchQueryError('USAGE', `a command was expected, and ${typed} was given`, {
      hint: `\`${PROGRAM} demo\` shows a run, \`${PROGRAM} --help\` the commands.`,
    })
  }
  const [what, suggestion] = message.replace(/^error: /, '').split('\n')
  const named = commands.find(({ name }) => name === argv[0])
  const help = `\`${PROGRAM}${named === undefined ? '' : ` ${named.name}`} --help\` shows what can be written.`
  const hint = suggestion === undefined ? help : `${suggestion.replace(/^\((.*)\)$/, '$1')} ${help}`
  return new BatchQueryError('USAGE', what, { hint })
}
