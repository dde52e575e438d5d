import { BatchQueryError } from '../../errors/index.ts'
import type { TextLayout } from '../layout.ts'

/**
 * The options of one CSV export, in bytes. Everything else is as PostgreSQL's COPY writes CSV:
 * https://www.postgresql.org/docs/current/sql-copy.html (NULL is empty, an empty string is quoted, quotes are doubled).
 */
export interface CsvLayout {
  /** One ASCII character, no line end. */
  readonly fieldsTerminatedBy: Uint8Array
  /** One ASCII character, no line end, not the field terminator. */
  readonly enclosedBy: Uint8Array
  /** LF, CR LF or CR. */
  readonly linesTerminatedBy: Uint8Array
}

export const DEFAULT_CSV_LAYOUT: CsvLayout = {
  fieldsTerminatedBy: Buffer.from(','),
  enclosedBy: Buffer.from('"'),
  linesTerminatedBy: Buffer.from('\n'),
}

/** The line ends that readers of CSV know, COPY's own among them. */
const LINE_ENDS = ['\n', '\r\n', '\r']

/**
 * The options of a CSV export, by the rules of COPY on every database: a file in another layout could not be read back.
 * COPY itself takes one layout more, a line end as QUOTE, and then cannot read what it wrote.
 *
 * @param given the options that were written; CSV has no place for those that `CsvLayout` lacks
 * @throws UNSUPPORTED_CLAUSE
 */
export function csvLayout(given: Partial<TextLayout>): CsvLayout {
  const layout = { ...DEFAULT_CSV_LAYOUT, ...given }
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = layout
  if (!isCharacter(fieldsTerminatedBy)) throw unreadable('FIELDS TERMINATED BY', fieldsTerminatedBy)
  if (!isCharacter(enclosedBy)) throw unreadable('FIELDS ENCLOSED BY', enclosedBy)
  if (enclosedBy[0] === fieldsTerminatedBy[0])
    throw unreadable('FIELDS TERMINATED BY and ENCLOSED BY', enclosedBy)
  if (!LINE_ENDS.includes(asText(linesTerminatedBy)))
    throw unreadable('LINES TERMINATED BY', linesTerminatedBy)
  return { fieldsTerminatedBy, enclosedBy, linesTerminatedBy }
}

/** Any ASCII character but a line end, and NUL, which no text of PostgreSQL can have. */
const isCharacter = ([byte = 0, ...others]: Uint8Array): boolean =>
  others.length === 0 && byte > 0 && byte < 0x80 && byte !== 0x0a && byte !== 0x0d

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

function unreadable(clause: string, value: Uint8Array): BatchQueryError {
  const written = JSON.stringify(asText(value))
  return new BatchQueryError('UNSUPPORTED_CLAUSE', `FORMAT CSV cannot have ${clause} ${written}`, {
    hint:
      'Write one ASCII character for FIELDS TERMINATED BY and another one for ENCLOSED BY, neither of them a line end, ' +
      "and '\\n', '\\r\\n' or '\\r' for LINES TERMINATED BY, because no program could read other files back. FORMAT TEXT has other layouts.",
  })
}
