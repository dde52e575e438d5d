import { CHARACTERS } from './character-length.ts'
import type { FormatColumn } from './column.ts'
import type { CsvLayout } from './csv-layout.ts'
import { byteEscape, copyBytes } from './escape-bytes.ts'
import { characterEscape } from './escape-characters.ts'
import { DOUBLED, type EscapeRule } from './escape-rule.ts'
import { encodeRow } from './row.ts'
import type { ColumnEncoder, Escape, RowEncoder } from './row-encoder.ts'
import { SpecialFinder } from './special-finder.ts'
import { wholeCharacters } from './whole-characters.ts'

const CR = 0x0d
const LF = 0x0a
const END_OF_DATA = Buffer.from('\\.')
const NOTHING = new Uint8Array()

/**
 * The encoder of CSV rows, by the rules of PostgreSQL's COPY: a value is quoted where it is empty, holds the
 * delimiter, the quote, CR or LF, or is `\.` in a column of its own. A value that comes in pieces is always quoted:
 * what its end holds is not known at its beginning.
 */
export function csvEncoder(columns: readonly FormatColumn[], layout: CsvLayout): RowEncoder {
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = layout
  const specials = [...new Set([fieldsTerminatedBy[0], linesTerminatedBy[0], enclosedBy[0], CR, LF])]
  const finder = new SpecialFinder(specials)
  const encoder = (encoding: FormatColumn['encoding']): ColumnEncoder =>
    columnEncoder(encoding, enclosedBy, specials, finder, columns.length === 1)
  const line = {
    rowStart: NOTHING,
    separator: fieldsTerminatedBy,
    rowEnd: linesTerminatedBy,
    nullWord: NOTHING,
  }
  const overheadPerRow = columns.length * (2 + fieldsTerminatedBy.length) + linesTerminatedBy.length
  const names = columns.map(column => column.name)
  const out = Buffer.alloc(overheadPerRow + 2 * Buffer.concat(names).length)
  const header = { ...line, columns: columns.map(() => encoder('utf8')) }
  return {
    ...line,
    columns: columns.map(column => encoder(column.encoding)),
    header: out.subarray(0, encodeRow(header, names, out, 0)),
    overheadPerRow,
  }
}

function columnEncoder(
  encoding: FormatColumn['encoding'],
  quote: Uint8Array,
  specials: readonly number[],
  finder: SpecialFinder,
  isAlone: boolean,
): ColumnEncoder {
  const { lowestByte, lengthAt, longest } = CHARACTERS[encoding]
  const doubling = doubled(quote[0])
  // as in TEXT: bytes alone tell, where no special byte can be part of a longer character
  const byBytes = Math.max(...specials) < lowestByte
  const escapePiece = byBytes
    ? byteEscape(doubling, new SpecialFinder(doubling.specials))
    : characterEscape(doubling, lengthAt)
  const write: Escape = (source, start, end, out, at) => {
    const plain =
      finder.isPlain(source, start, end) && end > start && !(isAlone && isEndOfData(source, start, end))
    if (plain) return copyBytes(source, start, end, out, at)
    out[at] = quote[0]
    const to = escapePiece(source, start, end, out, at + 1)
    out[to] = quote[0]
    return to + 1
  }
  return {
    write,
    plain: isAlone ? null : { unless: specials, quote: NOTHING, emptyToo: false },
    quote,
    escapePiece,
    wholeCharacters: wholeCharacters(byBytes ? null : lengthAt, longest),
  }
}

/** The quote is doubled, every other byte stays. */
function doubled(quote: number): EscapeRule {
  const marks = new Uint8Array(256)
  marks[quote] = DOUBLED
  return { marks, specials: [quote], escapedBy: quote }
}

/** COPY FROM would take it for the end of the data. */
function isEndOfData(source: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && source[start] === END_OF_DATA[0] && source[start + 1] === END_OF_DATA[1]
}
