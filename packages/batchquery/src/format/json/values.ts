import type { TypedColumn } from '../column.ts'
import type { ExactColumn, ExactType, WireForm } from '../exact-column.ts'
import { utf8Reader } from '../parquet/readers/bytes.ts'
import { transcodedReader } from '../parquet/readers/transcoded.ts'
import type { Refusal } from '../parquet/value-error.ts'
import { WORD_SLACK } from '../parquet/values.ts'
import { CHARACTERS, wholeCharacters } from '../rows/character-length.ts'
import type { Escape, ValueEncoder } from '../rows/row-form.ts'
import { type TextWriter, textWriter } from '../wire-text.ts'
import { base64FromBytes, base64FromHex, groupsOf } from './bytes.ts'
import { InvalidDateRule } from './dates.ts'
import { EmbeddedJson } from './embedded.ts'
import { writeBoolean, writeNumber } from './numbers.ts'
import { canonicalText, RequestedValues } from './requested.ts'
import { asBuffer, quoted, transcodedEscape, utf8Escape, type Views, WordView, wholeUtf8 } from './text.ts'

/** A column of a JSON object. */
export interface JsonColumn {
  readonly name: string
  readonly exact: ExactColumn
  /** As `FormatColumn.kind`. */
  readonly kind: TypedColumn['kind']
  readonly encoding: TypedColumn['encoding']
}

/** How the values of a column are written. */
export interface JsonValue {
  readonly encoder: ValueEncoder
  /** The most bytes that one byte of a value becomes. */
  readonly growth: number
  /** Why `encoder` refused a value. */
  readonly refusal: (source: Buffer, start: number, end: number) => Refusal
  /** The clause INVALID DATES, if it changes the column. */
  readonly rule: InvalidDateRule | null
}

const NOTHING = new Uint8Array()
const QUOTES = Buffer.from('"')
/** The most bytes that a byte becomes: an escape, or base64. */
const ESCAPE_BYTES = 6
/** The most bytes of a number, or of a moment, that is not written digit for digit: a DECIMAL of 38 digits. */
const CANONICAL_BYTES = 42

const NUMBER_KINDS: ReadonlySet<ExactType['kind']> = new Set(['int', 'decimal', 'float', 'double'])
const TEXT_WIRES: ReadonlySet<WireForm> = new Set(['text', 'raw', 'hex', 'base64'])

/** @throws INTERNAL for a wire form in which no value of such a type arrives */
export function jsonValue(
  column: JsonColumn,
  views: Views,
  invalidDates: 'NULL' | 'ERROR' | null,
): JsonValue {
  const { exact } = column
  const printer = textWriter(exact)
  if (printer !== null) {
    const text = { ...column, exact: { ...exact, wire: 'text' } } as const
    return printedValue(jsonValue(text, { ...views, source: new WordView() }, invalidDates), printer)
  }
  const value = keepsText(column) ? textValue(column, views) : requestedValue(column, views)
  if (invalidDates === null || !isDate(exact.source ?? exact.type)) return value
  const rule = new InvalidDateRule(invalidDates, exact.isRequired === true)
  const encoder = { ...value.encoder, plain: null, write: rule.applied(value.encoder.write) }
  const refusal: JsonValue['refusal'] = (...place) =>
    rule.refuses(...place) ? WRONG_DATE : value.refusal(...place)
  return { ...value, encoder, refusal, rule }
}

/** Whether a value is written as its text, digit for digit. */
function keepsText({ exact }: JsonColumn): boolean {
  const { type, source = type, wire } = exact
  if (!isRequested(exact)) return TEXT_WIRES.has(wire)
  return wire === 'text' && source.kind !== 'bytes' && (type.kind === 'string' || type.kind === 'json')
}

/** TYPES names the column. */
const isRequested = ({ source, isRequired }: ExactColumn): boolean =>
  source !== undefined || isRequired !== undefined

const isDate = ({ kind }: ExactType): boolean => kind === 'date' || kind === 'timestamp'

function textValue(column: JsonColumn, views: Views): JsonValue {
  const { kind, exact } = column
  const { type } = exact
  if (type.kind === 'bytes') return bytesValue(column, views)
  if (type.kind === 'json') return jsonText(column, views)
  if (type.kind === 'bool') return bare(column, 'is not a boolean', { write: writeBoolean })
  const isNumber = NUMBER_KINDS.has(type.kind) || (type.kind === 'string' && kind === 'number')
  return isNumber && !isRequested(exact) ? numberValue(column, views) : stringValue(column, views)
}

/** Encoders of values without quotes, and of such that never come in pieces because they are short. */
const BARE = {
  plain: null,
  opening: NOTHING,
  closing: NOTHING,
  escapePiece: () => -1,
  wholeCharacters: (_source, _start, end) => end,
} as const satisfies Partial<ValueEncoder>

const bare = (
  { name }: JsonColumn,
  why: string,
  encoder: Pick<ValueEncoder, 'write'> & Partial<ValueEncoder>,
): JsonValue => ({
  encoder: { ...BARE, ...encoder },
  growth: ESCAPE_BYTES,
  refusal: () => ({
    why,
    hint: `Write TYPES (${name} AS STRING) to export the value as a JSON string.`,
  }),
  rule: null,
})

const inQuotes = (
  content: Escape,
  refusal: JsonValue['refusal'],
  encoder: Partial<ValueEncoder> = {},
): JsonValue => ({
  encoder: { ...BARE, write: quoted(content), opening: QUOTES, closing: QUOTES, ...encoder },
  growth: ESCAPE_BYTES,
  refusal,
  rule: null,
})

function numberValue(column: JsonColumn, views: Views): JsonValue {
  // A number that comes in pieces has thousands of digits.
  const { piece, isComplete } = new EmbeddedJson(views)
  return bare(column, 'is not a number in JSON', {
    write: writeNumber,
    plain: { unless: 'not a number', quote: NOTHING, emptyToo: false },
    escapePiece: piece,
    endPieces: isComplete,
  })
}

function jsonText(column: JsonColumn, views: Views): JsonValue {
  const { transcoder } = column.exact
  const { whole, piece, isComplete } = new EmbeddedJson({ ...views, source: new WordView() })
  const through = (write: Escape): Escape =>
    transcoder === undefined ? write : transcodedEscape(transcoder, write)
  return bare(column, 'is not JSON text', {
    write: through(whole),
    escapePiece: through(piece),
    endPieces: isComplete,
    wholeCharacters: wholeText(column),
  })
}

function stringValue(column: JsonColumn, views: Views): JsonValue {
  const { transcoder } = column.exact
  const content =
    transcoder === undefined
      ? utf8Escape(views)
      : transcodedEscape(transcoder, utf8Escape({ ...views, source: new WordView() }))
  const isPlain = transcoder?.keepsAscii ?? true
  const { refusal } = transcoder === undefined ? utf8Reader : transcodedReader(transcoder)
  return inQuotes(content, refusal, {
    plain: isPlain ? { unless: 'not in JSON', quote: QUOTES, emptyToo: true } : null,
    escapePiece: content,
    wholeCharacters: wholeText(column),
  })
}

function wholeText({ encoding, exact: { transcoder } }: JsonColumn): ValueEncoder['wholeCharacters'] {
  if (transcoder === undefined) return wholeUtf8
  const { lengthAt, longest } = CHARACTERS[encoding]
  return wholeCharacters(longest === 1 ? null : lengthAt, longest)
}

function bytesValue(column: JsonColumn, views: Views): JsonValue {
  const { wire } = column.exact
  if (wire === 'base64') return stringValue(column, views)
  const content = wire === 'raw' ? base64FromBytes : base64FromHex
  return inQuotes(
    content,
    () => ({ why: 'is not text of hexadecimal digits', hint: 'Report this defect of batchquery.' }),
    // So many bytes of the source become one group of base64.
    { escapePiece: content, wholeCharacters: groupsOf(wire === 'raw' ? 3 : 6) },
  )
}

/** A value in a binary form, written as the text that the database prints. It never comes in pieces. */
function printedValue(value: JsonValue, { mostBytes, write: print }: TextWriter): JsonValue {
  const text = Buffer.alloc(mostBytes + WORD_SLACK)
  const write: Escape = (source, start, end, out, at) => {
    const length = print(asBuffer(source), start, end, text, 0)
    return length < 0 ? -1 : value.encoder.write(text, 0, length, out, at)
  }
  const refusal: JsonValue['refusal'] = (source, start, end) => {
    const length = Math.max(0, print(source, start, end, text, 0))
    return { ...value.refusal(text, 0, length), shown: text.toString('latin1', 0, length) }
  }
  // The text may be longer than `growth` allows: these bytes, which are never written, reserve room for it.
  const closing = new Uint8Array(value.growth * mostBytes)
  return { ...value, encoder: { ...BARE, write, closing }, growth: 1, refusal }
}

/** The value is read as the type of the column, and its canonical text is written. */
function requestedValue(column: JsonColumn, views: Views): JsonValue {
  const value = convertedValue(column, views)
  let isLong = false
  const escapePiece = (): number => {
    isLong = true
    return -1
  }
  const refusal: JsonValue['refusal'] = (...place) => (isLong ? TOO_LONG : value.refusal(...place))
  return { ...value, encoder: { ...value.encoder, escapePiece }, refusal }
}

function convertedValue(column: JsonColumn, views: Views): JsonValue {
  const { type } = column.exact
  const requested = new RequestedValues(column.name, column.exact)
  const { refusal } = requested
  const inner = { ...views, source: new WordView() }
  if (type.kind === 'string') return inQuotes(requested.bytesThrough(utf8Escape(inner)), refusal)
  if (type.kind === 'bytes') return inQuotes(requested.bytesThrough(base64FromBytes), refusal)
  if (type.kind === 'json')
    return bare(column, 'is not JSON text', { write: requested.bytesThrough(new EmbeddedJson(inner).whole) })
  const textOf = canonicalText(type)
  let isReadable = false
  const write = requested.through((plain, view, out, at) => {
    const text = textOf(plain, view)
    isReadable = text === null
    if (text === null) return -1
    for (let index = 0; index < text.length; index++) out[at + index] = text.charCodeAt(index)
    return at + text.length
  })
  const isBare = NUMBER_KINDS.has(type.kind) || type.kind === 'bool'
  const value = isBare ? bare(column, 'is not a number in JSON', { write }) : inQuotes(write, refusal)
  return {
    ...value,
    growth: CANONICAL_BYTES,
    refusal: (...place) => (isReadable ? value : requested).refusal(...place),
  }
}

/** Only whole values are converted, and longer ones come in pieces. */
const TOO_LONG: Refusal = {
  why: 'is too long to convert: the value has more than 64 KiB',
  hint: 'Convert it in the query: ST_AsBinary(x) for a geometry, CAST(x AS CHAR) or x::text for TYPES (x AS STRING).',
}

const WRONG_DATE: Refusal = {
  why: 'is not a date of the calendar',
  hint: 'Write INVALID DATES NULL to export NULL, or remove the clause to export the text of the value.',
}
