import { BatchQueryError } from '../../errors/index.ts'
import type { SqlDialect } from '../dialect.ts'
import type { Position } from '../position.ts'
import { at, excerpt } from '../syntax-error.ts'
import type { ParameterDeclaration } from './declaration.ts'
import { type ParameterValue, type ParameterValues, readValue } from './value.ts'

export interface ParameterNeeds {
  /** By readDirectives. */
  readonly declarations: readonly ParameterDeclaration[]
  /** By usedParameters. */
  readonly used: ReadonlyMap<string, Position>
  readonly dialect: SqlDialect
}

/**
 * The value of every parameter that a task declares or uses: what is given, else the default. What is used and not
 * declared is text.
 *
 * @param given texts by name, as they come from `-p name=value`
 * @throws BatchQueryError USAGE: a name that the task does not know, a value that does not fit its type
 * @throws BatchQueryError MISSING_PARAMETER: names every parameter that has neither value nor default
 */
export const bindParameters = (
  needs: ParameterNeeds,
  given: Readonly<Record<string, string>>,
): ParameterValues => {
  const texts = new Map(Object.entries(given))
  const known = knownParameters(needs)
  for (const name of texts.keys()) if (!known.has(name)) throw unknown(name, [...known.keys()])

  const values = new Map<string, ParameterValue>()
  const missing: string[] = []
  for (const [name, declaration] of known) {
    const text = texts.get(name) ?? declaration.defaultText
    if (text === null) {
      missing.push(`${name} (${placeOf(name, needs)})`)
      continue
    }
    const value = readValue(declaration, text, needs.dialect)
    if ('expected' in value) {
      const type = `${declaration.type}${declaration.isList ? '[]' : ''}`
      throw new BatchQueryError(
        'USAGE',
        `parameter ${name} (${type}): expected ${value.expected}, found ${value.found}`,
        {
          hint: `Give it as -p ${name}=VALUE.`,
        },
      )
    }
    values.set(name, value)
  }
  if (missing.length === 0) return values
  throw new BatchQueryError('MISSING_PARAMETER', `no value is given for ${missing.join(', ')}`, {
    hint: 'Give each as -p NAME=VALUE (or -p NAME=@FILE), or write a default into the task: -- @param NAME text = VALUE.',
  })
}

type Known = Pick<ParameterDeclaration, 'name' | 'type' | 'isList' | 'defaultText'>

const knownParameters = ({ declarations, used }: ParameterNeeds): ReadonlyMap<string, Known> => {
  const known = new Map<string, Known>(declarations.map(declaration => [declaration.name, declaration]))
  for (const name of used.keys())
    if (!known.has(name)) known.set(name, { name, type: 'text', isList: false, defaultText: null })
  return known
}

const placeOf = (name: string, { declarations, used }: ParameterNeeds): string => {
  const declared = declarations.find(declaration => declaration.name === name)
  if (declared !== undefined) return `declared in line ${declared.line}`
  const first = used.get(name)
  return first === undefined ? 'not used' : `used at ${at(first)}`
}

const unknown = (name: string, known: readonly string[]): BatchQueryError => {
  const names = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`
  return new BatchQueryError('USAGE', `the task has no parameter ${excerpt(name)}`, {
    hint: `${names} A parameter is written :name in a statement, or declared by -- @param.`,
  })
}
