import type { Command } from '../command.ts'
import { flagsOf, quoted, takesValue } from './flags.ts'

/**
 * Programmable completion: https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html. If the
 * script offers nothing, bash completes file names. It also works in the bash 3.2 of macOS.
 */
export function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name)
  return `\
_batchquery() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if [[ $COMP_CWORD == 1 ]]; then
    words=${quoted([...names, '--help', '--version'].join(' '))}
  else
    case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
    esac
    case "$command $current" in
${commands.map(flagCase).join('\n')}
${commands.flatMap(operandCases).join('\n')}
    esac
  fi
  ${offer('"$words"')}
}
complete -o default -F _batchquery batchquery
`
}

/** The values of a flag: its choices, or the default completion of bash. */
function valueCases({ name, options }: Command): string[] {
  const patterns = (flags: readonly string[]) => flags.map(flag => quoted(`${name} ${flag}`)).join('|')
  const valued = options.filter(takesValue)
  const free = valued.filter(({ argChoices }) => argChoices === undefined).flatMap(flagsOf)
  const chosen = valued.flatMap(option =>
    option.argChoices === undefined
      ? []
      : `      ${patterns(flagsOf(option))}) ${offer(quoted(option.argChoices.join(' ')))}; return ;;`,
  )
  return free.length === 0 ? chosen : [...chosen, `      ${patterns(free)}) return ;;`]
}

const offer = (words: string): string => `COMPREPLY=($(compgen -W ${words} -- "$current"))`

function flagCase({ name, options }: Command): string {
  const flags = [...options.flatMap(flagsOf), '--help']
  return `      ${quoted(`${name} -`)}*) words=${quoted(flags.join(' '))} ;;`
}

function operandCases({ name, operands }: Command): string[] {
  return operands.flatMap(({ choices }) =>
    choices === undefined ? [] : `      ${quoted(`${name} `)}*) words=${quoted(choices.join(' '))} ;;`,
  )
}
