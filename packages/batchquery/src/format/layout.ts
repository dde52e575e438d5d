import { BatchQueryError } from '../errors/index.ts'
import type { FormatClauses } from './clauses.ts'

/**
 * The FIELDS and LINES options of delimited text, in bytes. The names are MySQL's:
 * https://dev.mysql.com/doc/refman/8.4/en/load-data.html (field and line handling).
 */
export interface TextLayout {
  readonly fieldsTerminatedBy: Uint8Array
  /** Empty, or one character. */
  readonly enclosedBy: Uint8Array
  /** OPTIONALLY ENCLOSED BY: numbers stay bare. Without an enclosing character it means nothing. */
  readonly optionallyEnclosed: boolean
  /** Empty (nothing is escaped), or one character. */
  readonly escapedBy: Uint8Array
  readonly linesStartingBy: Uint8Array
  /** Empty means that the field terminator ends the line, as on the server. */
  readonly linesTerminatedBy: Uint8Array
}

/** The options that were written. */
export function layoutOf({ fields, lines }: FormatClauses): Partial<TextLayout> {
  return {
    ...(fields.terminatedBy && { fieldsTerminatedBy: fields.terminatedBy }),
    ...(fields.enclosedBy && {
      enclosedBy: fields.enclosedBy,
      optionallyEnclosed: fields.optionallyEnclosed,
    }),
    ...(fields.escapedBy && { escapedBy: fields.escapedBy }),
    ...(lines.startingBy && { linesStartingBy: lines.startingBy }),
    ...(lines.terminatedBy && { linesTerminatedBy: lines.terminatedBy }),
  }
}

/** Their characters have two or four bytes, and a separator between values would have one. */
const WIDE_CHARACTER_SETS = ['ucs2', 'utf16', 'utf16le', 'utf32']

/**
 * Refuses a file whose separators no reader can find in its text. The server's own OUTFILE does write such files.
 *
 * @throws UNSUPPORTED_CLAUSE
 */
export function refuseWideCharacters({ characterSet }: FormatClauses): void {
  const name = characterSet?.toLowerCase() ?? ''
  if (!WIDE_CHARACTER_SETS.includes(name)) return
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `CHARACTER SET ${name} has characters of two or four bytes, but each separator has one byte`,
    {
      hint: 'Write CHARACTER SET utf8mb4 and convert the file. No program could read the mixture, not even LOAD DATA.',
    },
  )
}
