import { BatchQueryError } from '../../errors/index.ts'
import type { FormatColumn } from '../column.ts'
import type { TextLayout } from '../layout.ts'
import { DOUBLED, ESCAPED, ESCAPED_BYTES, type EscapeRule, PLAIN } from '../rows/escape-rule.ts'

/** How the values of one kind of column are written. */
export interface ValueRule {
  readonly isQuoted: boolean
  /** Null if every byte is written as it is. */
  readonly escaping: EscapeRule | null
}

/** No such byte. */
const NONE = -1
const NUL = 0
/** After a backslash these letters mean something to LOAD DATA. */
const ESCAPE_LETTERS = Buffer.from('ntrb0ZN')
/** The bytes that the text of a number may have. */
const NUMBER_BYTES = Buffer.from('.0123456789e+-')

/** NUL counts as one of them: the server looks bytes up with C's strchr, which finds the end of the string. */
const isOneOf = (byte: number, bytes: Buffer): boolean => byte === NUL || bytes.includes(byte)

const firstByte = (bytes: Uint8Array): number => (bytes.length > 0 ? bytes[0] : NONE)

/**
 * The rules of MySQL's OUTFILE for string and for number columns of a result:
 * https://dev.mysql.com/doc/refman/8.4/en/load-data.html#load-data-field-line-handling describes them; the rest is as
 * MariaDB does it. Only the first byte of every separator counts.
 *
 * - Without an escape character nothing is escaped.
 * - Else the escape character, NUL, the line terminator, the quote in a quoted value, and the field terminator in a bare
 *   value are escaped.
 * - The delimiter (the quote, or without one the field terminator) is doubled if a backslash before it would mean
 *   something else.
 * - A bare value keeps its field terminators if no escape is safe, which the server calls an ambiguous field
 *   terminator and warns of. The kinds of the columns decide that, and for it the server looks at no column after the
 *   first one whose values may have 16 MiB.
 * - Numbers are escaped only if the delimiter may be part of a number.
 * - The BIT of MySQL 9 is written as a string, and counts as a number when the server looks at the kinds of columns.
 * - Without a field terminator OPTIONALLY means nothing.
 *
 * @throws UNSUPPORTED_CLAUSE if the rules depend on a column of which the server does not say whether it is large
 */
export function valueRules(
  columns: readonly FormatColumn[],
  layout: TextLayout,
): Record<'string' | 'number', ValueRule> {
  const escapedBy = firstByte(layout.escapedBy)
  const field = firstByte(layout.fieldsTerminatedBy)
  const quote = firstByte(layout.enclosedBy)
  const line = layout.linesTerminatedBy.length > 0 ? firstByte(layout.linesTerminatedBy) : field
  const delimiter = quote === NONE ? field : quote
  const delimiterIsLetter = isOneOf(delimiter, ESCAPE_LETTERS)
  const delimiterIsNumeric = isOneOf(delimiter, NUMBER_BYTES)
  const numbersAreBare = quote === NONE || (layout.optionallyEnclosed && field !== NONE)
  const keepsField = alike(columns, lookedAt => {
    const hasStrings = lookedAt.some(column => column.kind === 'string')
    const hasNumbers = lookedAt.some(column => column.kind !== 'string')
    return (
      (quote === NONE && delimiterIsLetter && (hasStrings || delimiterIsNumeric)) ||
      (numbersAreBare && hasNumbers && isOneOf(field, NUMBER_BYTES))
    )
  })

  function rule(kind: 'string' | 'number'): ValueRule {
    const isQuoted = quote !== NONE && !(kind === 'number' && numbersAreBare)
    if (escapedBy === NONE || (kind === 'number' && !delimiterIsNumeric)) return { isQuoted, escaping: null }
    const marks = new Uint8Array(256)
    for (const byte of [escapedBy, NUL, line, isQuoted ? quote : field]) {
      if (byte === NONE || (!isQuoted && keepsField && byte === field)) continue
      marks[byte] = byte === delimiter && delimiterIsLetter ? DOUBLED : ESCAPED
    }
    const specials = [...marks.keys()].filter(byte => marks[byte] !== PLAIN)
    return { isQuoted, escaping: { marks, specials, escapedBy } }
  }
  return { string: rule('string'), number: rule('number') }
}

/** Control characters that COPY writes as a backslash and a letter, also if one of them is the delimiter. */
const COPY_LETTERS = { '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r' } as const

/**
 * The rule of PostgreSQL's COPY TO in FORMAT text, for all columns: CopyAttributeOutText in its source.
 *
 * @param layout that COPY can write: nothing is enclosed, and a backslash escapes
 */
export function copyRule({ escapedBy, fieldsTerminatedBy }: TextLayout): ValueRule {
  const marks = new Uint8Array(256)
  const written = ESCAPED_BYTES.slice()
  for (const byte of [firstByte(escapedBy), firstByte(fieldsTerminatedBy)])
    if (byte !== NONE) marks[byte] = ESCAPED
  for (const [control, letter] of Object.entries(COPY_LETTERS)) {
    marks[control.charCodeAt(0)] = ESCAPED
    written[control.charCodeAt(0)] = letter.charCodeAt(0)
  }
  const specials = [...marks.keys()].filter(byte => marks[byte] !== PLAIN)
  return { isQuoted: false, escaping: { marks, specials, escapedBy: firstByte(escapedBy), written } }
}

/** What `answer` returns for the columns that the server looks at, whether those of unknown size are large or not. */
function alike(
  columns: readonly FormatColumn[],
  answer: (lookedAt: readonly FormatColumn[]) => boolean,
): boolean {
  const before = (at: number) => (at === -1 ? columns : columns.slice(0, at))
  const unknown = columns.findIndex(({ isLarge }) => isLarge !== false)
  const answered = answer(before(columns.findIndex(({ isLarge }) => isLarge === true)))
  if (answer(before(unknown)) === answered) return answered
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `with CHARACTER SET, the server does not report the MEDIUMTEXT type of column ${unknown + 1}, on which OUTFILE's escape of the field terminator depends`,
    {
      hint: "Write a terminator for FIELDS that is not a letter, digit, point or sign, for instance TERMINATED BY ',', or remove CHARACTER SET.",
    },
  )
}
