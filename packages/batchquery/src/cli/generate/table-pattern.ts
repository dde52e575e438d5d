import { BatchQueryError } from '../../errors/index.ts'
import { quoted } from '../../platform/index.ts'

/** Which tables the user asks for: `sales.*`, `*.orders`, `orders`, `"my.schema".t?`. */
export interface TablePattern {
  /** As written. */
  readonly text: string
  /** Null if the pattern names no schema. */
  readonly schema: NamePattern | null
  readonly table: NamePattern
}

interface NamePattern {
  /** The name without its quotes, for messages. */
  readonly text: string
  /** Whether it has no wildcard. */
  readonly isExact: boolean
  matches(name: string): boolean
}

/**
 * Reads a pattern. Outside of quotes `*` and `%` match any characters, `?` matches one, and letters match in both cases. A name in
 * double quotes or backticks is itself, letter for letter; a doubled quote in it is one.
 *
 * @throws USAGE
 */
export function parseTablePattern(text: string): TablePattern {
  const parts = partsOf(text)
  const [last, before, ...more] = parts.toReversed()
  if (last === undefined || more.length > 0 || parts.some(({ text: name }) => name === ''))
    throw refused(
      text,
      'is no SCHEMA.TABLE',
      "Write --tables 'sales.*', or a name in quotes: '\"my.schema\".orders'.",
    )
  return { text, schema: before ?? null, table: last }
}

/** The parts between dots outside of quotes. @throws USAGE for a quote that does not end */
function partsOf(text: string): NamePattern[] {
  // A quoted name, a dot, a wildcard, or another character.
  const tokens = text.matchAll(/"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|([.])|([*%?])|(.)/gsu)
  const parts: Token[][] = [[]]
  for (const [, double, single, dot, wildcard, other] of tokens) {
    const quotedName = double?.replaceAll('""', '"') ?? single?.replaceAll('``', '`')
    if (dot !== undefined) parts.push([])
    else if (quotedName !== undefined) parts.at(-1)?.push({ kind: 'quoted', text: quotedName })
    else if (wildcard !== undefined) parts.at(-1)?.push({ kind: 'wildcard', text: wildcard })
    else if (other === '"' || other === '`')
      throw refused(text, `has ${other} without an end`, 'Write it twice: --tables \'"my table"\'.')
    else parts.at(-1)?.push({ kind: 'letter', text: other ?? '' })
  }
  return parts.map(namePattern)
}

interface Token {
  readonly kind: 'quoted' | 'wildcard' | 'letter'
  readonly text: string
}

function namePattern(tokens: readonly Token[]): NamePattern {
  const isQuoted = tokens.some(({ kind }) => kind === 'quoted')
  const source = tokens
    .map(({ kind, text }) => (kind === 'wildcard' ? (text === '?' ? '.' : '.*') : escapeRegExp(text)))
    .join('')
  const pattern = new RegExp(`^${source.replace(/(\.\*)+/g, '.*')}$`, isQuoted ? 'su' : 'isu')
  return {
    text: tokens.map(({ text }) => text).join(''),
    isExact: tokens.every(({ kind }) => kind !== 'wildcard'),
    matches: name => pattern.test(name),
  }
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

const refused = (pattern: string, why: string, hint: string): BatchQueryError =>
  new BatchQueryError('USAGE', `--tables ${quoted(pattern)} ${why}`, { hint })
