import type { Option } from 'commander'
import { EXIT_CODES } from '../errors/index.ts'
import { TOPICS } from '../platform/manual.ts'
import type { Command } from './command.ts'

const PROGRAM = 'batchquery'
const COLUMN_GAP = 2
/** Longer lists of choices are left out: an error lists them. */
const LONGEST_CHOICES = 40
/** Lines of text in wider terminals are hard to read. */
const WIDEST = 110
/** The column of descriptions is no narrower, so a narrow terminal wraps the line itself. */
const LEAST_TEXT = 24

/** A line of a table: a term, and its description. */
type Entry = readonly [term: string, text: string]

/** The help of the program: what it is for, and its commands. */
export function programHelp(commands: readonly Command[], columns: number): string {
  return joined([
    `Usage: ${PROGRAM} COMMAND [options]`,
    paragraphs(
      'Runs SQL that takes hours as a task, and publishes its result, complete or not at all.',
      columns,
    ),
    section('Examples', ['demo', 'run ./report.sql', 'run --help', 'help sql-tasks'].map(exampleLine)),
    section(
      'Commands',
      entries(
        commands.map(({ name, summary }) => [name, summary]),
        columns,
      ),
    ),
    section(
      'Manual pages',
      entries(
        [...TOPICS].map(([name, { summary }]) => [name, summary]),
        columns,
      ),
    ),
    section(
      'Options',
      entries(
        [
          ['-h, --help', 'print this help, or that of a command'],
          ['--version', 'print the version'],
        ],
        columns,
      ),
    ),
    section('Exit codes', exitCodes()),
  ])
}

/** The help of a command: examples first. */
export function commandHelp(command: Command, columns: number): string {
  const { name, operands, description, options, examples } = command
  const usage = [PROGRAM, name, '[options]', ...operands.map(({ form }) => form)].join(' ')
  const help: Entry = ['-h, --help', 'print this help']
  return joined([
    `Usage: ${usage}`,
    section('Examples', examples.map(exampleLine)),
    paragraphs(description, columns),
    section(
      'Operands',
      entries(
        operands.map(({ form, description }) => [form.slice(1, -1), description]),
        columns,
      ),
    ),
    section('Options', entries([...options.map(optionEntry), help], columns)),
    paragraphs(`Exit codes: \`${PROGRAM} help exit-codes\`. Manual pages: \`${PROGRAM} help\`.`, columns),
  ])
}

export const exitCodes = (): string[] =>
  EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)

const joined = (parts: readonly string[]): string => parts.filter(part => part !== '').join('\n\n')

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [`${title}:`, ...lines].join('\n')

const exampleLine = (example: string): string => `  ${PROGRAM} ${example}`

function optionEntry({ flags, description, argChoices, defaultValueDescription }: Option): Entry {
  const listed = argChoices?.join(', ') ?? ''
  const choices = listed === '' || listed.length > LONGEST_CHOICES ? [] : [listed]
  const defaults = defaultValueDescription === undefined ? [] : [`default: ${defaultValueDescription}`]
  const notes = [...choices, ...defaults]
  return [flags, notes.length === 0 ? description : `${description} (${notes.join('; ')})`]
}

/** Two columns. A description that does not fit continues in its column. */
function entries(table: readonly Entry[], columns: number): string[] {
  const width = Math.max(0, ...table.map(([term]) => term.length)) + COLUMN_GAP
  const room = Math.max(LEAST_TEXT, Math.min(columns, WIDEST) - width - COLUMN_GAP)
  return table.flatMap(([term, text]) =>
    wrap(text, room).map((line, index) => `  ${(index === 0 ? term : '').padEnd(width)}${line}`.trimEnd()),
  )
}

/** Each line is a paragraph, and is wrapped once. A line that begins with a space stays as it is. */
export function paragraphs(text: string, columns: number): string {
  const room = Math.max(LEAST_TEXT, Math.min(columns, WIDEST))
  return text
    .split('\n')
    .flatMap(line => (line.startsWith(' ') || line === '' ? [line] : wrap(line, room)))
    .join('\n')
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
