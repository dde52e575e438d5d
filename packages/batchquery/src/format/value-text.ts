import type { FormatClauses } from './clauses.ts'
import type { TypedColumn } from './column.ts'
import type { ExactColumn, Transcoder } from './exact-column.ts'
import type { FormatPlan } from './format.ts'
import { InvalidDateRule } from './json/dates.ts'
import { canonicalText, RequestedValues } from './json/requested.ts'
import type { Refusal } from './parquet/value-error.ts'

/** Returns the text of a value outside of the rows: in UTF-8, digits for numbers, `true` and `false`. Or it says why there is none. */
export type ValueText = (source: Buffer, start: number, end: number) => string | Refusal

/**
 * Returns how the values of a column are written as text. A value that arrives as text keeps it; other wire forms
 * become the text that FORMAT JSON writes.
 *
 * @param column with `exact`
 * @param invalidDates the clause INVALID DATES
 */
export function valueText(
  column: TypedColumn,
  { text, prefersText = false }: Pick<FormatPlan, 'text' | 'prefersText'>,
  invalidDates: FormatClauses['invalidDates'],
): ValueText {
  const name = Buffer.from(column.name).toString()
  const { exact = { type: { kind: 'string' }, wire: 'text' } } = column
  const { source: own = exact.type, wire } = exact
  const keepsText = text !== 'typed' || (prefersText && exact.source === undefined && wire === 'text')
  if (!keepsText) return readText(name, exact)
  if (own.kind === 'bool') return booleanText
  const isDate = own.kind === 'date' || own.kind === 'timestamp'
  if (text === 'typed' && isDate && invalidDates !== null) return calendarText(invalidDates)
  return exact.transcoder === undefined ? utf8Text : transcodedText(exact.transcoder)
}

const HINT = 'Convert the value in the query, or leave the column out of PARTITION BY.'
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const utf8Text: ValueText = (source, start, end) => {
  try {
    return decoder.decode(source.subarray(start, end))
  } catch {
    return { why: 'is no valid UTF-8, which the name of a partition must be', hint: HINT }
  }
}

function transcodedText({ characterSet, growth, convert }: Transcoder): ValueText {
  return (source, start, end) => {
    const out = Buffer.alloc(Math.ceil(Math.max(1, growth) * (end - start)))
    const length = convert(source, start, end, out, 0)
    if (length >= 0) return utf8Text(out, 0, length)
    return { why: `has a character that UTF-8 lacks (${characterSet})`, hint: HINT }
  }
}

const booleanText: ValueText = (source, start, end) => {
  const word = source.toString('latin1', start, end)
  return word === 't' || word === 'true' || word === '1' ? 'true' : 'false'
}

function calendarText(invalidDates: 'NULL' | 'ERROR'): ValueText {
  const rule = new InvalidDateRule(invalidDates, true)
  return (source, start, end) =>
    rule.refuses(source, start, end)
      ? { why: 'is no date of the calendar, so it names no partition', hint: HINT }
      : utf8Text(source, start, end)
}

/** Before the bytes of a string in Parquet's PLAIN form. */
const LENGTH_BYTES = 4
const NOTHING = new Uint8Array()

/** The text of the type that the column has in the files. */
function readText(name: string, exact: ExactColumn): ValueText {
  const values = new RequestedValues(name, exact)
  const textOf = exact.type.kind === 'string' ? stringText : canonicalText(exact.type)
  let text: string | null = null
  const read = values.through((plain, view) => {
    text = textOf(plain, view)
    return text === null ? -1 : 0
  })
  return (source, start, end) => {
    text = null
    return read(source, start, end, NOTHING, 0) < 0 || text === null
      ? values.refusal(source, start, end)
      : text
  }
}

const stringText = (plain: Buffer): string => plain.toString('utf8', LENGTH_BYTES)
