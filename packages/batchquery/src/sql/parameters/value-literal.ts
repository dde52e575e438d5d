import { BatchQueryError } from '../../errors/index.ts'
import type { Dialect } from '../dialects/index.ts'
import { excerpt } from '../syntax-error.ts'
import type { ParameterType } from './declaration.ts'
import { writeBinary, writeLiteral } from './literal.ts'
import { readScalar } from './scalar.ts'

/**
 * A value that a statement can contain as a literal: text, a number, a boolean, bytes, an instant, NULL, a text of a `type` of its own, or a
 * list of these, which has at least one value.
 */
export type SqlValue = SqlScalar | readonly SqlScalar[]

export type SqlScalar = string | number | bigint | boolean | null | Date | Uint8Array | TypedText

/** A text with another type than text. */
export class TypedText {
  readonly type: 'decimal' | 'date' | 'json'
  readonly text: string

  constructor(type: 'decimal' | 'date' | 'json', text: string) {
    this.type = type
    this.text = text
  }
}

/**
 * The literal of a value of the program, by the rules of a task's parameters. The literal of a list has commas between its items, as IN
 * takes them.
 *
 * @param value unknown, because only the compiler keeps other values away
 * @throws USAGE if the value has no literal in the dialect
 */
export function valueLiteral(value: unknown, dialect: Dialect): string {
  if (!Array.isArray(value)) return scalarLiteral(value, dialect)
  if (value.length === 0)
    throw refused(
      'an empty list',
      'Remove the condition if the list is empty. A list in SQL has at least one value.',
    )
  return value.map(item => scalarLiteral(item, dialect)).join(', ')
}

function scalarLiteral(value: unknown, dialect: Dialect): string {
  switch (typeof value) {
    case 'string':
      return typedLiteral(value, 'text', dialect)
    case 'bigint':
      return typedLiteral(String(value), 'int', dialect)
    case 'number':
      return numberLiteral(value, dialect)
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
  }
  if (value === null) return 'NULL'
  if (value instanceof TypedText) return typedLiteral(value.text, value.type, dialect)
  if (value instanceof Uint8Array) return writeBinary(value, dialect)
  if (value instanceof Date) return instantLiteral(value, dialect)
  throw refused(
    value === undefined ? 'undefined' : `a value of the type ${typeof value}`,
    'Use text, a number, a bigint, a boolean, null, a Date, bytes, sql.json(...), or a list of these.',
  )
}

function typedLiteral(text: string, type: ParameterType, dialect: Dialect): string {
  const scalar = readScalar(text, type, dialect)
  if ('text' in scalar) return writeLiteral({ name: '', type, items: [scalar.text] }, dialect)
  throw refused(excerpt(text), `Use ${scalar.expected}.`)
}

function numberLiteral(value: number, dialect: Dialect): string {
  if (Number.isSafeInteger(value)) return typedLiteral(String(value), 'int', dialect)
  if (!Number.isFinite(value)) throw refused(String(value), 'Use a finite number.')
  if (Number.isInteger(value)) throw refused(String(value), 'Use a bigint for whole numbers above 2^53 - 1.')
  return typedLiteral(withoutExponent(String(value)), 'decimal', dialect)
}

/** `1.5e-7` as `0.00000015`: so small numbers alone have an exponent here, large ones being integers. */
function withoutExponent(text: string): string {
  const [digits, exponent] = text.split('e-')
  if (exponent === undefined) return text
  const sign = digits.startsWith('-') ? '-' : ''
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${digits.replace(/[-.]/g, '')}`
}

/** In UTC, with milliseconds. */
function instantLiteral(value: Date, dialect: Dialect): string {
  if (Number.isNaN(value.getTime())) throw refused('an invalid Date', 'Use a valid Date.')
  return typedLiteral(value.toISOString().replace('T', ' ').replace('Z', ''), 'date', dialect)
}

const refused = (found: string, hint: string): BatchQueryError =>
  new BatchQueryError('USAGE', `a statement cannot contain ${found} as a literal`, { hint })
