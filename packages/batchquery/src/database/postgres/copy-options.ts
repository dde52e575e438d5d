import { escapeLiteral } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { csvLayout, DEFAULT_CSV_LAYOUT, DEFAULT_TEXT_LAYOUT, type TextLayout } from '../../format/index.ts'
import type { StreamOptions } from '../database.ts'
import { clientEncoding } from './client-encoding.ts'

/** What COPY refuses as a delimiter in TEXT: what may stand in an escape sequence or in the word for NULL, `\N`. */
const NO_DELIMITERS = '\\.abcdefghijklmnopqrstuvwxyz0123456789N\r\n'
const TEXT_HINT =
  'COPY escapes with a backslash, ends lines with \\n and encloses nothing; FIELDS TERMINATED BY takes one ASCII ' +
  'character that is no backslash, dot, digit, lower-case letter, N or line end. FORMAT CSV can do other things.'

/**
 * The options of COPY: https://www.postgresql.org/docs/current/sql-copy.html
 *
 * @param serverEncoding in which the database stores text
 * @throws UNSUPPORTED_CLAUSE for what COPY cannot write
 */
export function copyOptions(
  { format, layout, characterSet }: Pick<StreamOptions, 'format' | 'layout' | 'characterSet'>,
  serverEncoding: string,
): string {
  const options = format === 'CSV' ? csvOptions(layout) : textOptions(layout)
  if (characterSet !== null)
    options.push(`ENCODING ${escapeLiteral(clientEncoding(characterSet, serverEncoding))}`)
  return `(${options.join(', ')})`
}

/** NULL is `\N`, a backslash escapes, LF ends a line: only the delimiter can be chosen. */
function textOptions(layout: Partial<TextLayout>): string[] {
  const { fieldsTerminatedBy, ...others } = { ...DEFAULT_TEXT_LAYOUT, ...layout }
  for (const { name, clause } of FIXED)
    if (Buffer.compare(others[name], DEFAULT_TEXT_LAYOUT[name]) !== 0)
      throw unsupported('TEXT', clause, others[name], TEXT_HINT)
  const delimiter = asText(fieldsTerminatedBy)
  if (!isAsciiCharacter(delimiter) || NO_DELIMITERS.includes(delimiter))
    throw unsupported('TEXT', 'FIELDS TERMINATED BY', fieldsTerminatedBy, TEXT_HINT)
  return ['FORMAT text', `DELIMITER ${escapeLiteral(delimiter)}`]
}

function csvOptions(layout: Partial<TextLayout>): string[] {
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = csvLayout(layout)
  if (Buffer.compare(linesTerminatedBy, DEFAULT_CSV_LAYOUT.linesTerminatedBy) !== 0)
    throw unsupported(
      'CSV',
      'LINES TERMINATED BY',
      linesTerminatedBy,
      'COPY ends lines with \\n: leave the clause out.',
    )
  const [delimiter, quote] = [fieldsTerminatedBy, enclosedBy].map(asText).map(escapeLiteral)
  return ['FORMAT csv', `DELIMITER ${delimiter}`, `QUOTE ${quote}`]
}

/** Without an enclosing character OPTIONALLY means nothing, so it is not looked at. */
const FIXED = [
  { name: 'enclosedBy', clause: 'FIELDS ENCLOSED BY' },
  { name: 'escapedBy', clause: 'FIELDS ESCAPED BY' },
  { name: 'linesStartingBy', clause: 'LINES STARTING BY' },
  { name: 'linesTerminatedBy', clause: 'LINES TERMINATED BY' },
] as const

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** Any but NUL, which no text of PostgreSQL can have. */
const isAsciiCharacter = (text: string): boolean => text.length === 1 && text > '\0' && text < '\x80'

function unsupported(format: string, clause: string, value: Uint8Array, hint: string): BatchQueryError {
  return new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PostgreSQL's ${format} cannot have ${clause} ${JSON.stringify(asText(value))}`,
    { hint },
  )
}
