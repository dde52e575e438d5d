import { BatchQueryError } from '../errors/index.ts'
import { CHARACTERS, type Characters } from './character-length.ts'
import type { CharacterEncoding, FormatColumn } from './column.ts'
import { byteEscape, copyBytes } from './escape-bytes.ts'
import { characterEscape } from './escape-characters.ts'
import { type ValueRule, valueRules } from './escape-rule.ts'
import { encodeNames, overheadOf, put } from './row.ts'
import type { ColumnEncoder, Escape, RowEncoder } from './row-encoder.ts'
import { SpecialFinder } from './special-finder.ts'
import type { TextLayout } from './text-layout.ts'
import { wholeCharacters } from './whole-characters.ts'

/**
 * The encoder of a result's rows. Every column gets the cheapest way that is right for its kind, its encoding and
 * the separators.
 *
 * @param names the encoding of the columns' names
 * @throws UNSUPPORTED_CLAUSE for a fixed width layout: no field terminator and no enclosing character
 */
export function textEncoder(
  columns: readonly FormatColumn[],
  layout: TextLayout,
  names: CharacterEncoding = 'utf8',
): RowEncoder {
  if (layout.fieldsTerminatedBy.length === 0 && layout.enclosedBy.length === 0) {
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      "Cannot write fixed width fields (FIELDS TERMINATED BY '' without ENCLOSED BY).",
      { hint: "Give FIELDS a terminator, for instance TERMINATED BY ',', or an ENCLOSED BY character." },
    )
  }
  const rules = valueRules(columns, layout)
  const string = columnEncoders(rules.string, layout.enclosedBy)
  const columnEncoder = { string, number: columnEncoders(rules.number, layout.enclosedBy), bits: string }
  const line = {
    rowStart: layout.linesStartingBy,
    separator: layout.fieldsTerminatedBy,
    rowEnd: layout.linesTerminatedBy.length > 0 ? layout.linesTerminatedBy : layout.fieldsTerminatedBy,
    nullWord: layout.escapedBy.length > 0 ? Buffer.of(layout.escapedBy[0], 0x4e) : Buffer.from('NULL'),
  }
  const encoders = columns.map(({ kind, encoding }) => columnEncoder[kind](CHARACTERS[encoding]))
  return {
    ...line,
    columns: encoders,
    header: encodeNames(line, columns, string(CHARACTERS[names])),
    overheadPerRow: overheadOf(encoders, line),
    growth: 2,
  }
}

const NO_QUOTE = Buffer.alloc(0)

/** Makes the encoders of the columns that follow one rule. */
function columnEncoders({ isQuoted, escaping }: ValueRule, enclosedBy: Uint8Array) {
  const quote = isQuoted ? enclosedBy : NO_QUOTE
  const unless = escaping?.specials ?? []
  const encoder = (
    escapePiece: Escape,
    cut: ColumnEncoder['wholeCharacters'],
    byBytes: boolean,
  ): ColumnEncoder => ({
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
  return ({ lowestByte, lengthAt, longest }: Characters): ColumnEncoder =>
    // Where no special byte can be part of a longer character, bytes alone tell what to escape: so UTF-8, whose
    // longer characters hold no byte below 0x80, needs to be looked at by characters for other separators only.
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
