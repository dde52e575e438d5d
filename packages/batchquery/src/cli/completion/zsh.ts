import type { Option } from 'commander'
import type { Command } from '../command.ts'
import { flagsOf, quoted, takesValue } from './flags.ts'

/** The completion system: https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export function zshScript(commands: readonly Command[]): string {
  return `\
#compdef batchquery
_batchquery() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(commandCase).join('\n')}
  esac
}
compdef _batchquery batchquery
`
}

function commandCase({ name, options, operands }: Command): string {
  const choices = operands.flatMap(operand => operand.choices ?? [])
  const operand = choices.length === 0 ? '*:file:_files' : `1:value:(${choices.join(' ')})`
  const specs = [...options.flatMap(specsOf), quoted('--help[print this help]'), quoted(operand)]
  return `    ${name}) _arguments ${specs.join(' \\\n      ')} ;;`
}

/** A spec for each spelling of the flag. With the star, zsh offers it again. */
function specsOf(option: Option): string[] {
  const { argChoices = [], description } = option
  const values = argChoices.length === 0 ? '_files' : `(${argChoices.join(' ')})`
  const shown = description.replace(/[[\]:\\]/g, '\\$&')
  const value = takesValue(option) ? `:${option.attributeName()}:${values}` : ''
  return flagsOf(option).map(flag => quoted(`*${flag}[${shown}]${value}`))
}
