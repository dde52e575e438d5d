import { BatchQueryError } from '../../errors/index.ts'
import type { Dialect } from '../dialects/index.ts'
import type { Position } from '../position.ts'
import { at, excerpt } from '../syntax-error.ts'
import type { ParameterDeclaration } from './declaration.ts'
import { type ParameterValue, type ParameterValues, readValue } from './value.ts'

export interface ParameterNeeds {
  /** By readDirectives. */
  readonly declarations: readonly ParameterDeclaration[]
  /** By usedParameters. */
  readonly used: ReadonlyMap<string, Position>
  readonly dialect: Dialect
}

/**
 * The value of every parameter that a task declares or uses: the given one, otherwise the default. A parameter that is used and not declared is
 * text.
 *
 * @param given texts by name, as they come from `-p name=value`
 * @throws BatchQueryError USAGE: the task does not know a name, or a value does not fit its type
 * @throws BatchQueryError MISSING_PARAMETER, with the names of all parameters that have neither value nor default
 */
export const bindParameters = (
  needs: ParameterNeeds,
  given: Readonly<Record<string, string>>,
): ParameterValues => {
  const known = knownNames(needs)
  for (const name of Object.keys(given)) if (!known.has(name)) throw unknown(name, [...known])
  const values = givenValues(needs.declarations, given, needs.dialect)
  const missing = [...known].filter(name => !values.has(name))
  if (missing.length === 0) return values
  const shown = missing.map(name => `${name} (${placeOf(name, needs)})`)
  throw new BatchQueryError('MISSING_PARAMETER', `the run has no value for ${shown.join(', ')}`, {
    hint: 'Pass each with -p NAME=VALUE (or -p NAME=@FILE), or write a default into the task: -- @param NAME text = VALUE.',
  })
}

/**
 * The given values and the defaults. It does not look at the statements.
 *
 * @throws BatchQueryError USAGE: a value does not fit its type
 */
export const givenValues = (
  declarations: readonly ParameterDeclaration[],
  given: Readonly<Record<string, string>>,
  dialect: Dialect,
): ParameterValues => {
  const texts = new Map(Object.entries(given))
  const declared = new Map(declarations.map(declaration => [declaration.name, declaration]))
  const values = new Map<string, ParameterValue>()
  for (const name of new Set([...declared.keys(), ...texts.keys()])) {
    const parameter = declared.get(name) ?? { name, type: 'text', isList: false, defaultText: null }
    const text = texts.get(name) ?? parameter.defaultText
    if (text !== null) values.set(name, fittingValue(parameter, text, dialect))
  }
  return values
}

type Known = Pick<ParameterDeclaration, 'name' | 'type' | 'isList' | 'defaultText'>

const fittingValue = (parameter: Known, text: string, dialect: Dialect): ParameterValue => {
  const value = readValue(parameter, text, dialect)
  if (!('expected' in value)) return value
  const { name, type, isList } = parameter
  throw new BatchQueryError(
    'USAGE',
    `parameter ${name} (${type}${isList ? '[]' : ''}): expected ${value.expected}, found ${value.found}`,
    { hint: `Pass it with -p ${name}=VALUE.` },
  )
}

const knownNames = ({ declarations, used }: ParameterNeeds): ReadonlySet<string> =>
  new Set([...declarations.map(({ name }) => name), ...used.keys()])

const placeOf = (name: string, { declarations, used }: ParameterNeeds): string => {
  const declared = declarations.find(declaration => declaration.name === name)
  if (declared !== undefined) return `declared in line ${declared.line}`
  const first = used.get(name)
  return first === undefined ? 'not used' : `used at ${at(first)}`
}

const unknown = (name: string, known: readonly string[]): BatchQueryError => {
  const names = known.length === 0 ? 'It has no parameters.' : `Its parameters are ${known.join(', ')}.`
  return new BatchQueryError('USAGE', `the task has no parameter ${excerpt(name)}`, {
    hint: `${names} Write a parameter as :name in a statement, or declare it with -- @param.`,
  })
}
