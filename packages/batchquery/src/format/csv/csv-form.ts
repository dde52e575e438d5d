import type { CharacterEncoding, TypedColumn } from '../column.ts'
import { CHARACTERS, type CharacterLength, wholeCharacters } from '../rows/character-length.ts'
import { encodeNames, overheadOf, separated } from '../rows/encode-row.ts'
import { byteEscape, copyBytes } from '../rows/escape-bytes.ts'
import { characterEscape } from '../rows/escape-characters.ts'
import { DOUBLED, type EscapeRule } from '../rows/escape-rule.ts'
import type { Escape, RowForm, ValueEncoder } from '../rows/row-form.ts'
import { SpecialFinder } from '../rows/special-finder.ts'
import type { CsvLayout } from './csv-layout.ts'
import { HEX_CHARACTERS, HEX_PREFIX, writeDigits, writeHex } from './hex.ts'

const CR = 0x0d
const LF = 0x0a
const END_OF_DATA = Buffer.from('\\.')
const NOTHING = new Uint8Array()

/**
 * How a result is written as PostgreSQL's COPY does: a value is quoted if it is empty, if it has the
 * delimiter, the quote, CR or LF in it, or if it is `\.` in the only column. A text that comes in pieces is always quoted:
 * its end is not known at its beginning. Binary values are `\x` and hexadecimal digits.
 *
 * @param layout as `csvLayout` returns it
 * @param names the encoding of the columns' names
 * @param areWhole whether the pieces of a value lie in one buffer. Then a text in pieces is quoted as a whole one is @default false
 */
export function csvForm(
  columns: readonly TypedColumn[],
  layout: CsvLayout,
  names: CharacterEncoding = 'utf8',
  areWhole = false,
): RowForm {
  const { fieldsTerminatedBy, enclosedBy, linesTerminatedBy } = layout
  const quote = enclosedBy[0]
  const specials = [...new Set([fieldsTerminatedBy[0], linesTerminatedBy[0], quote, CR, LF])]
  const finder = new SpecialFinder(specials)
  const text = (encoding: CharacterEncoding): ValueEncoder =>
    textColumn(encoding, { quote: enclosedBy, specials, finder, isAlone: columns.length === 1, areWhole })
  const around = {
    rowStart: NOTHING,
    leads: separated(columns.length, fieldsTerminatedBy),
    rowEnd: linesTerminatedBy,
    nullWord: NOTHING,
  }
  const digitsAreBare = !specials.some(special => HEX_CHARACTERS.includes(special))
  const encoders = columns.map(({ type, encoding }) => {
    if (type === 'binary') return digitsAreBare ? BARE_DIGITS : quotedDigits(text('single'))
    // digits need no quotes in pieces either
    if (type === 'bytea' && digitsAreBare) return { ...text('single'), opening: NOTHING, closing: NOTHING }
    return text(encoding)
  })
  const mayDoubleDigits = HEX_CHARACTERS.includes(quote) && columns.some(({ type }) => type === 'binary')
  return {
    ...around,
    columns: encoders,
    header: encodeNames(around, columns, text(names)),
    overheadPerRow: overheadOf(encoders, around),
    growth: mayDoubleDigits ? 4 : 2,
  }
}

interface TextRules {
  readonly quote: Uint8Array
  readonly specials: readonly number[]
  readonly finder: SpecialFinder
  /** Whether it is the only column. */
  readonly isAlone: boolean
  readonly areWhole: boolean
}

function textColumn(
  encoding: CharacterEncoding,
  { quote, specials, finder, isAlone, areWhole }: TextRules,
): ValueEncoder {
  const { lowestByte, lengthAt, longest } = CHARACTERS[encoding]
  const doubling = doubled(quote[0])
  // as in TEXT: if no special byte can be part of a longer character, bytes alone tell
  const byBytes = Math.max(...specials) < lowestByte
  const escapePiece = byBytes
    ? byteEscape(doubling, new SpecialFinder(doubling.specials))
    : characterEscape(doubling, lengthAt)
  const search = byBytes ? finder : new CharacterSearch(specials, lengthAt)
  const isPlain = (source: Uint8Array, start: number, end: number): boolean =>
    search.isPlain(source, start, end) && end > start && !(isAlone && isEndOfData(source, start, end))
  const write: Escape = (source, start, end, out, at) => {
    if (isPlain(source, start, end)) return copyBytes(source, start, end, out, at)
    out[at] = quote[0]
    const to = escapePiece(source, start, end, out, at + 1)
    out[to] = quote[0]
    return to + 1
  }
  return {
    write,
    plain: isAlone ? null : { unless: specials, quote: NOTHING, emptyToo: false },
    opening: quote,
    closing: quote,
    ...(areWhole && { isBare: isPlain }),
    escapePiece,
    wholeCharacters: wholeCharacters(byBytes ? null : lengthAt, longest),
  }
}

/** Finds special bytes that are characters: inside a character of several bytes they mean nothing. */
class CharacterSearch {
  readonly #specials: readonly number[]
  readonly #lengthAt: CharacterLength

  constructor(specials: readonly number[], lengthAt: CharacterLength) {
    this.#specials = specials
    this.#lengthAt = lengthAt
  }

  /** Whether there is none between `start` and `end`. */
  isPlain(source: Uint8Array, start: number, end: number): boolean {
    let at = start
    while (at < end) {
      const next = at + this.#lengthAt(source, at, end)
      if (next === at + 1 && this.#specials.includes(source[at])) return false
      at = next
    }
    return true
  }
}

/** For a binary column, if neither the delimiter nor the quote can be a part of a value. */
const BARE_DIGITS: ValueEncoder = {
  write: writeHex,
  plain: null,
  opening: HEX_PREFIX,
  closing: NOTHING,
  escapePiece: writeDigits,
  wholeCharacters: wholeCharacters(null, 1),
}

/** For a binary column, if one of them can: its digits are text like any other, made for each piece. */
function quotedDigits(text: ValueEncoder): ValueEncoder {
  const through =
    (digits: Escape, quoted: Escape): Escape =>
    (source, start, end, out, at) => {
      const written = new Uint8Array(HEX_PREFIX.length + 2 * (end - start))
      return quoted(written, 0, digits(source, start, end, written, 0), out, at)
    }
  const prefix = new Uint8Array(2 * HEX_PREFIX.length)
  const prefixEnd = text.escapePiece(HEX_PREFIX, 0, HEX_PREFIX.length, prefix, 0)
  return {
    ...BARE_DIGITS,
    write: through(writeHex, text.write),
    opening: Buffer.concat([text.opening, prefix.subarray(0, prefixEnd)]),
    closing: text.closing,
    escapePiece: through(writeDigits, text.escapePiece),
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
