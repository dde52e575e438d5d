import { BatchQueryError } from '../errors/index.ts'
import {
  type Dialect,
  replaceParameters,
  type SqlValue,
  type Statement,
  type StringRules,
  splitStatements,
  TypedText,
  valueLiteral,
  writeIdentifier,
} from '../sql/index.ts'

/** A part of a template: a value, a name (`sql.identifier`), or another template. */
export type SqlPart = SqlValue | SqlIdentifier | Sql

/**
 * SQL whose values are separate from its text until a connection writes them as literals of its dialect. Made by the
 * template `sql`.
 */
export class Sql {
  /** The texts around the values: one more than values. */
  readonly texts: readonly string[]
  readonly values: readonly (SqlValue | SqlIdentifier)[]

  constructor(texts: readonly string[], parts: readonly SqlPart[]) {
    const flat: { texts: string[]; values: (SqlValue | SqlIdentifier)[] } = {
      texts: [texts[0] ?? ''],
      values: [],
    }
    const append = (text: string) => flat.texts.push((flat.texts.pop() ?? '') + text)
    parts.forEach((part, index) => {
      if (part instanceof Sql) {
        const [first = '', ...others] = part.texts
        append(first)
        flat.texts.push(...others)
        flat.values.push(...part.values)
        append(texts[index + 1] ?? '')
      } else {
        flat.values.push(part)
        flat.texts.push(texts[index + 1] ?? '')
      }
    })
    this.texts = flat.texts
    this.values = flat.values
  }
}

/** A name of a table or a column, or a path of them. */
export class SqlIdentifier {
  readonly names: readonly string[]

  constructor(names: readonly string[]) {
    if (
      names.length === 0 ||
      names.some(name => typeof name !== 'string' || name === '' || name.includes('\0'))
    )
      throw new BatchQueryError('USAGE', 'sql.identifier needs one or more names, none of them empty', {
        hint: "Write sql.identifier('table'), or sql.identifier('schema', 'table').",
      })
    this.names = names
  }
}

/**
 * SQL with values, as in `` sql`SELECT * FROM orders WHERE day = ${day} AND state IN (${states})` ``. Each value
 * becomes a typed literal of the connection's dialect, by the rules of a task's parameters. No value can end its literal, and a
 * value is refused inside a string, a comment or a quoted name:
 *
 * - string: text; number: an integer or a decimal number; bigint: an integer; boolean: TRUE or FALSE; null: NULL
 * - Uint8Array: bytes; Date: a TIMESTAMP in UTC with milliseconds
 * - `sql.date('2026-11-23')`, `sql.decimal('12.50')`, `sql.json({ a: 1 })`: literals of these types
 * - an array: its items with commas between; it must have one
 * - another `sql` template: its text and its values
 * - `sql.identifier('schema', 'table')`: a quoted name
 *
 * Running the template throws USAGE for a value that cannot be a literal.
 */
export const sql: SqlTag = Object.assign(
  (texts: TemplateStringsArray, ...parts: readonly SqlPart[]): Sql => new Sql(texts, parts),
  {
    identifier: (...names: readonly string[]): SqlIdentifier => new SqlIdentifier(names),
    date: (text: string): TypedText => new TypedText('date', text),
    decimal: (text: string): TypedText => new TypedText('decimal', text),
    json: (value: unknown): TypedText => new TypedText('json', jsonOf(value)),
  },
)

export interface SqlTag {
  (texts: TemplateStringsArray, ...parts: readonly SqlPart[]): Sql
  /** A name, quoted as the dialect requires; several names are a path. @throws USAGE for an empty name */
  identifier(...names: readonly string[]): SqlIdentifier
  /** A date, `2026-11-23`, or a time, `2026-11-23 10:00:00.123456`. */
  date(text: string): TypedText
  /** A decimal number with all its digits: `12.50`. */
  decimal(text: string): TypedText
  /** A JSON value. @throws USAGE for a value that JSON cannot represent */
  json(value: unknown): TypedText
}

function jsonOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text !== undefined) return text
  throw new BatchQueryError('USAGE', `JSON has no form for a ${typeof value}`, { hint: 'Use a JSON value.' })
}

/**
 * Returns the statement of a call, with its values as literals.
 *
 * @param stringRules how the session reads strings; null if it does not report that
 * @throws SQL_SYNTAX; USAGE if there is no statement, or several, or if a value is in the wrong place
 */
export function statementOf(sql: string | Sql, dialect: Dialect, stringRules: StringRules | null): Statement {
  const template = sql instanceof Sql ? sql : new Sql([sql], [])
  let name = 'batchquery_value'
  while (template.texts.some(text => text.includes(name))) name += '_'
  const text = template.texts.reduce((before, after, index) => `${before}:${name}${index - 1}${after}`)
  const [statement, second] = splitStatements(text, dialect, stringRules ?? undefined)
  if (statement === undefined || second !== undefined)
    throw new BatchQueryError(
      'USAGE',
      `a call runs one statement, not ${second === undefined ? 'none' : 'several'}`,
      {
        hint: 'Make one call for each statement; all run in one session. Or run a file of statements as a task.',
      },
    )
  if (template.values.length === 0) return statement
  const literals = new Map(
    template.values.map((value, index) => [`${name}${index}`, literalOf(value, dialect)]),
  )
  const used = new Set<string>()
  const written = replaceParameters(statement, dialect, use => {
    used.add(use.name)
    return literals.get(use.name) ?? null
  })
  const missing = template.values.findIndex((_, index) => !used.has(`${name}${index}`))
  if (missing === -1) return written
  throw new BatchQueryError(
    'USAGE',
    `value ${missing + 1} of the template is in a place where SQL has no value`,
    {
      hint: 'Write it without quotes, outside strings, comments, slices and routine bodies, and with a space before the next word.',
    },
  )
}

const literalOf = (value: SqlValue | SqlIdentifier, dialect: Dialect): string =>
  value instanceof SqlIdentifier ? writeIdentifier(value.names, dialect) : valueLiteral(value, dialect)
