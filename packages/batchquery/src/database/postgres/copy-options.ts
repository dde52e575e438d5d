import { escapeLiteral } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import type { DelimitedText, FormatPlan } from '../../format/index.ts'
import { clientEncoding } from './client-encoding.ts'

/** The delimiters that COPY refuses in TEXT: characters of escape sequences and of the word for NULL, `\N`. */
const NO_DELIMITERS = '\\.abcdefghijklmnopqrstuvwxyz0123456789N\r\n'
const TEXT_HINT =
  'COPY escapes with a backslash, ends lines with \\n and encloses nothing; FIELDS TERMINATED BY accepts one ASCII ' +
  'character, but not a backslash, dot, digit, lowercase letter, N or line end. Write FORMAT CSV for other layouts.'

/**
 * The options of COPY: https://www.postgresql.org/docs/current/sql-copy.html. If the format is not delimited text, the encoder
 * reads the values in FORMAT text, or in their binary forms if it needs their types.
 *
 * @param serverEncoding in which the database stores text
 * @throws UNSUPPORTED_CLAUSE for what COPY cannot write
 */
export function copyOptions(
  {
    name,
    text,
    delimited,
    characterSet,
    partitionBy,
  }: Pick<FormatPlan, 'name' | 'text' | 'delimited' | 'characterSet' | 'partitionBy'>,
  serverEncoding: string,
): string {
  // Text is in the session's encoding, which is UTF-8: ENCODING has no effect on binary values.
  if (text === 'typed') return '(FORMAT binary)'
  const written = delimited === null ? [] : delimitedOptions(name, delimited)
  // An encoder that divides the rows reads their values.
  const options = delimited === null || partitionBy !== undefined ? ['FORMAT text'] : written
  if (characterSet !== null)
    options.push(`ENCODING ${escapeLiteral(clientEncoding(characterSet, serverEncoding))}`)
  return `(${options.join(', ')})`
}

const delimitedOptions = (name: string, delimited: DelimitedText): string[] =>
  delimited.escaping === 'doubling' ? csvOptions(name, delimited) : textOptions(name, delimited)

/** NULL is `\N`, a backslash escapes, LF ends a line: only the delimiter can be chosen. */
function textOptions(name: string, delimited: DelimitedText): string[] {
  for (const { option, clause, only } of FIXED)
    if (Buffer.compare(delimited[option], only) !== 0)
      throw unsupported(name, clause, delimited[option], TEXT_HINT)
  const delimiter = asText(delimited.separator)
  if (!isAsciiCharacter(delimiter) || NO_DELIMITERS.includes(delimiter))
    throw unsupported(name, 'FIELDS TERMINATED BY', delimited.separator, TEXT_HINT)
  return ['FORMAT text', `DELIMITER ${escapeLiteral(delimiter)}`, ...nullOption(delimited, '\\N')]
}

function csvOptions(name: string, delimited: DelimitedText): string[] {
  const { separator, quote, lineEnd } = delimited
  if (Buffer.compare(lineEnd, LF) !== 0)
    throw unsupported(name, 'LINES TERMINATED BY', lineEnd, 'Remove the clause. COPY ends lines with \\n.')
  const [delimiter, enclosing] = [separator, quote].map(asText).map(escapeLiteral)
  return ['FORMAT csv', `DELIMITER ${delimiter}`, `QUOTE ${enclosing}`, ...nullOption(delimited, '')]
}

const nullOption = ({ nullWord }: DelimitedText, usual: string): string[] =>
  asText(nullWord) === usual ? [] : [`NULL ${escapeLiteral(asText(nullWord))}`]

const NOTHING = Buffer.alloc(0)
const LF = Buffer.from('\n')

/** Without an enclosing character OPTIONALLY means nothing, so it is not looked at. */
const FIXED = [
  { option: 'quote', clause: 'FIELDS ENCLOSED BY', only: NOTHING },
  { option: 'escape', clause: 'FIELDS ESCAPED BY', only: Buffer.from('\\') },
  { option: 'lineStart', clause: 'LINES STARTING BY', only: NOTHING },
  { option: 'lineEnd', clause: 'LINES TERMINATED BY', only: LF },
] as const

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** NUL is none: no text of PostgreSQL can have it. */
const isAsciiCharacter = (text: string): boolean => text.length === 1 && text > '\0' && text < '\x80'

function unsupported(format: string, clause: string, value: Uint8Array, hint: string): BatchQueryError {
  return new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PostgreSQL's ${format} cannot have ${clause} ${JSON.stringify(asText(value))}`,
    { hint },
  )
}
