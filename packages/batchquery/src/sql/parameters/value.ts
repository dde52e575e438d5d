import type { Dialect } from '../dialects/index.ts'
import { excerpt } from '../syntax-error.ts'
import { arrayItems } from './array-items.ts'
import type { ParameterDeclaration, ParameterType } from './declaration.ts'
import { readScalar, type Scalar } from './scalar.ts'

/** A value that fits its type. */
export interface ParameterValue {
  readonly name: string
  readonly type: ParameterType
  /** One or more, more than one only for a list; each in the one spelling of its type. */
  readonly items: readonly string[]
}

/** By name. */
export type ParameterValues = ReadonlyMap<string, ParameterValue>

/** Why a text is not a value of a parameter. */
export interface Refusal {
  readonly expected: string
  /** For messages: without the value of a secret. */
  readonly found: string
}

/** Reads the text that the caller gave for a parameter, or its default. */
export const readValue = (
  { name, type, isList }: Pick<ParameterDeclaration, 'name' | 'type' | 'isList'>,
  given: string,
  dialect: Dialect,
): ParameterValue | Refusal => {
  const shown = (text: string): string => (type === 'secret' ? 'another value (not shown)' : excerpt(text))
  const scalars = isList ? readList(given, type, dialect) : [readScalar(given, type, dialect)]
  if (scalars.length === 0) return { expected: 'at least one item, such as a,b', found: shown(given) }
  const items: string[] = []
  for (const scalar of scalars) {
    if ('expected' in scalar) return { expected: scalar.expected, found: shown(given) }
    items.push(scalar.text)
  }
  return { name, type, items }
}

/** `1,2,3`, or a JSON array: for texts with commas, and for lists of JSON. */
const readList = (given: string, type: ParameterType, dialect: Dialect): readonly Scalar[] => {
  const text = given.trim()
  if (text === '') return []
  if (type !== 'json' && !text.startsWith('['))
    return given.split(',').map(item => readScalar(item, type, dialect))
  const items = arrayItems(text)
  if (items === null) return [{ expected: 'a JSON array such as ["a","b"]' }]
  return items.map(item => {
    if (type === 'json') return readScalar(item, type, dialect)
    if (/^["\d-]/.test(item)) return readScalar(stringOf(item), type, dialect)
    return { expected: 'strings or numbers in the JSON array' }
  })
}

const stringOf = (item: string): string => (item.startsWith('"') ? String(JSON.parse(item)) : item)
