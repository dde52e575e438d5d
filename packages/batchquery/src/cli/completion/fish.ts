import type { Command } from '../command.ts'
import { takesValue } from './flags.ts'

/** The command `complete`: https://fishshell.com/docs/current/cmds/complete.html */
export function fishScript(commands: readonly Command[]): string {
  const top = commands.map(
    ({ name, summary }) =>
      `complete -c batchquery -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
  )
  return [...top, ...commands.flatMap(commandLines), ''].join('\n')
}

function commandLines({ name, options, operands }: Command): string[] {
  const here = `complete -c batchquery -n '__fish_seen_subcommand_from ${name}'`
  const choices = operands.flatMap(operand => operand.choices ?? [])
  const flags = options.map(option => {
    const { short, long, argChoices = [], description } = option
    const value = argChoices.length > 0 ? ` -x -a ${quoted(argChoices.join(' '))}` : ' -r'
    return [
      here,
      short === undefined ? '' : ` -s ${short.slice(1)}`,
      long === undefined ? '' : ` -l ${long.slice(2)}`,
      takesValue(option) ? value : '',
      ` -d ${quoted(description)}`,
    ].join('')
  })
  return choices.length === 0 ? flags : [...flags, `${here} -f -a ${quoted(choices.join(' '))}`]
}

/** Inside single quotes, fish knows two escapes: https://fishshell.com/docs/current/language.html#quotes */
const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`
