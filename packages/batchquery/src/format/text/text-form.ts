import { BatchQueryError } from '../../errors/index.ts'
import type { FormatColumn } from '../column.ts'
import type { SessionText } from '../format.ts'
import type { TextLayout } from '../layout.ts'
import { CHARACTERS, type Characters, wholeCharacters } from '../rows/character-length.ts'
import { encodeNames, overheadOf, put, separated } from '../rows/encode-row.ts'
import { byteEscape, copyBytes } from '../rows/escape-bytes.ts'
import { characterEscape } from '../rows/escape-characters.ts'
import type { Escape, RowForm, ValueEncoder } from '../rows/row-form.ts'
import { SpecialFinder } from '../rows/special-finder.ts'
import { copyRule, type ValueRule, valueRules } from './value-rules.ts'

const UTF8 = { names: 'utf8' } as const

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')

export const DEFAULT_TEXT_LAYOUT: TextLayout = {
  fieldsTerminatedBy: bytes('\t'),
  enclosedBy: bytes(''),
  optionallyEnclosed: false,
  escapedBy: bytes('\\'),
  linesStartingBy: bytes(''),
  linesTerminatedBy: bytes('\n'),
}

export const lineEndOf = ({ linesTerminatedBy, fieldsTerminatedBy }: TextLayout): Uint8Array =>
  linesTerminatedBy.length > 0 ? linesTerminatedBy : fieldsTerminatedBy

export const nullWordOf = ({ escapedBy }: TextLayout): Uint8Array =>
  escapedBy.length > 0 ? Buffer.of(escapedBy[0], 0x4e) : Buffer.from('NULL')

/**
 * How a result is written as the server's OUTFILE does. Every column gets the cheapest way that is right for its kind, its
 * encoding and the separators.
 *
 * @param session the encoding of the columns' names, and which server's escapes are written
 * @throws UNSUPPORTED_CLAUSE for a layout of fixed width: no field terminator and no enclosing character
 */
export function textForm(
  columns: readonly FormatColumn[],
  layout: TextLayout,
  { names, bytesOf = 'OUTFILE' }: Pick<SessionText, 'names' | 'bytesOf'> = UTF8,
): RowForm {
  if (layout.fieldsTerminatedBy.length === 0 && layout.enclosedBy.length === 0) {
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      "Cannot write fixed width fields (FIELDS TERMINATED BY '' without ENCLOSED BY).",
      { hint: "Write a terminator for FIELDS, for instance TERMINATED BY ',', or an ENCLOSED BY character." },
    )
  }
  const copied = copyRule(layout)
  const rules = bytesOf === 'COPY' ? { string: copied, number: copied } : valueRules(columns, layout)
  const string = valueEncoders(rules.string, layout.enclosedBy)
  const encoderOf = { string, number: valueEncoders(rules.number, layout.enclosedBy), bits: string }
  const around = {
    rowStart: layout.linesStartingBy,
    leads: separated(columns.length, layout.fieldsTerminatedBy),
    rowEnd: lineEndOf(layout),
    nullWord: nullWordOf(layout),
  }
  const encoders = columns.map(({ kind, encoding }) => encoderOf[kind](CHARACTERS[encoding]))
  return {
    ...around,
    columns: encoders,
    header: encodeNames(around, columns, string(CHARACTERS[names])),
    overheadPerRow: overheadOf(encoders, around),
    growth: 2,
  }
}

const NO_QUOTE = Buffer.alloc(0)

/** Makes the encoders of the columns that follow one rule. */
function valueEncoders({ isQuoted, escaping }: ValueRule, enclosedBy: Uint8Array) {
  const quote = isQuoted ? enclosedBy : NO_QUOTE
  const unless = escaping?.specials ?? []
  const encoder = (
    escapePiece: Escape,
    cut: ValueEncoder['wholeCharacters'],
    byBytes: boolean,
  ): ValueEncoder => ({
    write: enclosed(escapePiece, quote),
    plain: byBytes ? { unless, quote, emptyToo: true } : null,
    opening: quote,
    closing: quote,
    escapePiece,
    wholeCharacters: cut,
  })
  if (escaping === null) return () => encoder(copyBytes, wholeCharacters(null, 1), true)
  const finder = new SpecialFinder(escaping.specials)
  const highest = Math.max(...escaping.specials)
  return ({ lowestByte, lengthAt, longest }: Characters): ValueEncoder =>
    // If no special byte can be part of a longer character, bytes alone tell what to escape. So UTF-8, whose longer
    // characters have no byte below 0x80, is read by characters for other separators only.
    highest < lowestByte
      ? encoder(byteEscape(escaping, finder), wholeCharacters(null, longest), true)
      : encoder(characterEscape(escaping, lengthAt), wholeCharacters(lengthAt, longest), false)
}

function enclosed(escapePiece: Escape, quote: Uint8Array): Escape {
  if (quote.length === 0) return escapePiece
  return (source, start, end, out, at) => {
    const to = escapePiece(source, start, end, out, put(quote, out, at))
    return put(quote, out, to)
  }
}
