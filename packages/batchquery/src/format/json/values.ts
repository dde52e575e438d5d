import { BatchQueryError } from '../../errors/index.ts'
import type { TypedColumn } from '../column.ts'
import type { ExactColumn, ExactType } from '../exact-column.ts'
import { utf8Reader } from '../parquet/readers/bytes.ts'
import { transcodedReader } from '../parquet/readers/transcoded.ts'
import type { Refusal } from '../parquet/value-error.ts'
import { CHARACTERS, wholeCharacters } from '../rows/character-length.ts'
import type { Escape, ValueEncoder } from '../rows/row-form.ts'
import { base64FromBytes, base64FromHex, groupsOf } from './bytes.ts'
import { InvalidDateRule } from './dates.ts'
import { EmbeddedJson } from './embedded.ts'
import { writeBoolean, writeNumber } from './numbers.ts'
import { canonicalText, RequestedValues } from './requested.ts'
import { quoted, transcodedEscape, utf8Escape, type Views, WordView, wholeUtf8 } from './text.ts'

/** A column of a JSON object. */
export interface JsonColumn {
  readonly name: string
  readonly exact: ExactColumn
  /** As `FormatColumn.kind`. */
  readonly kind: TypedColumn['kind']
  readonly encoding: TypedColumn['encoding']
  /** TYPES names the column. */
  readonly isRequested: boolean
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
const NUMBER_KINDS: ReadonlySet<ExactType['kind']> = new Set(['int', 'decimal', 'float', 'double'])
/** A row in pieces may have longer values. The canonical text of a value is never so long. */
const refuseLong: Escape = () => -1

/** @throws INTERNAL for a wire form in which no column arrives */
export function jsonValue(
  column: JsonColumn,
  views: Views,
  invalidDates: 'NULL' | 'ERROR' | null,
): JsonValue {
  const { exact } = column
  const value = ownText(column) ? textValue(column, views) : requestedValue(column, views)
  if (invalidDates === null || !isDate(exact.source ?? exact.type)) return value
  const rule = new InvalidDateRule(invalidDates, exact.isRequired === true)
  const encoder = { ...value.encoder, plain: null, write: rule.applied(value.encoder.write) }
  const refusal = (source: Buffer, start: number, end: number): Refusal =>
    rule.refuses(source, start, end) ? WRONG_DATE : value.refusal(source, start, end)
  return { ...value, encoder, refusal, rule }
}

/** Whether the text of a value decides how it is written, even if TYPES names the column. */
function ownText({ isRequested, exact: { type, source = type, wire } }: JsonColumn): boolean {
  if (!isRequested) return true
  return wire === 'text' && source.kind !== 'bytes' && (type.kind === 'string' || type.kind === 'json')
}

const isDate = ({ kind }: ExactType): boolean => kind === 'date' || kind === 'timestamp'

function textValue(column: JsonColumn, views: Views): JsonValue {
  const { name, kind, exact, isRequested } = column
  const { type, wire, transcoder } = exact
  const isNumber =
    NUMBER_KINDS.has(type.kind) || (type.kind === 'string' && kind === 'number' && !isRequested)
  if (type.kind === 'bytes') return bytesValue(column, views)
  if (wire !== 'text') throw unknownWire(column)
  if (isNumber) return numberValue(name, views)
  if (type.kind === 'bool') return bare({ write: writeBoolean, why: 'is no boolean', hint: asString(name) })
  if (type.kind !== 'json') return stringValue(column, views)
  const json = new EmbeddedJson(transcoder === undefined ? views : { ...views, source: new WordView() })
  const through = (escape: Escape): Escape =>
    transcoder === undefined ? escape : transcodedEscape(transcoder, escape)
  return {
    ...bare({ write: through(json.whole), why: 'is no JSON text', hint: asString(name) }),
    encoder: {
      ...BARE,
      write: through(json.whole),
      escapePiece: through(json.piece),
      endPieces: json.isComplete,
      wholeCharacters: wholeText(column),
    },
  }
}

const BARE = {
  plain: null,
  opening: NOTHING,
  closing: NOTHING,
  escapePiece: refuseLong,
  wholeCharacters: (_source: Uint8Array, _start: number, end: number) => end,
} as const satisfies Partial<ValueEncoder>

const bare = ({ write, why, hint }: Refusal & { readonly write: Escape }): JsonValue => ({
  encoder: { ...BARE, write },
  growth: 1,
  refusal: () => ({ why, hint }),
  rule: null,
})

/** A number that comes in pieces has thousands of digits. */
function numberValue(name: string, views: Views): JsonValue {
  const json = new EmbeddedJson(views)
  const value = bare({ write: writeNumber, why: 'is no number in JSON', hint: asString(name) })
  const plain = { unless: 'not a number', quote: NOTHING, emptyToo: false } as const
  return {
    ...value,
    encoder: { ...value.encoder, plain, escapePiece: json.piece, endPieces: json.isComplete },
  }
}

function stringValue(column: JsonColumn, views: Views): JsonValue {
  const { transcoder } = column.exact
  const escape =
    transcoder === undefined
      ? utf8Escape(views)
      : transcodedEscape(transcoder, utf8Escape({ ...views, source: new WordView() }))
  const { refusal } = transcoder === undefined ? utf8Reader : transcodedReader(transcoder)
  const isPlain = transcoder?.keepsAscii ?? true
  return {
    encoder: {
      write: quoted(escape),
      plain: isPlain ? { unless: 'not in JSON', quote: QUOTES, emptyToo: true } : null,
      opening: QUOTES,
      closing: QUOTES,
      escapePiece: escape,
      wholeCharacters: wholeText(column),
    },
    growth: 1,
    refusal,
    rule: null,
  }
}

function wholeText({ encoding, exact: { transcoder } }: JsonColumn): ValueEncoder['wholeCharacters'] {
  if (transcoder === undefined) return wholeUtf8
  const { lengthAt, longest } = CHARACTERS[encoding]
  return wholeCharacters(longest === 1 ? null : lengthAt, longest)
}

/** How many bytes of the source become one group of base64. */
const GROUPS = { raw: 3, hex: 6 } as const

function bytesValue(column: JsonColumn, views: Views): JsonValue {
  const { wire } = column.exact
  if (wire === 'base64') return stringValue(column, views)
  if (wire !== 'raw' && wire !== 'hex') throw unknownWire(column)
  const escape = wire === 'raw' ? base64FromBytes : base64FromHex
  return {
    encoder: {
      write: quoted(escape),
      plain: null,
      opening: QUOTES,
      closing: QUOTES,
      escapePiece: escape,
      wholeCharacters: groupsOf(GROUPS[wire]),
    },
    growth: 4,
    refusal: () => ({ why: 'is no hexadecimal text', hint: 'Report this as a bug of batchquery.' }),
    rule: null,
  }
}

/** A value of another type than its own, or in the form of a canonical text. */
function requestedValue({ name, exact }: JsonColumn, views: Views): JsonValue {
  const { type } = exact
  const requested = new RequestedValues(name, exact)
  const { refusal } = requested
  const inner = { ...views, source: new WordView() }
  if (type.kind === 'string') return { ...quotedWrite(requested.bytesThrough(utf8Escape(inner))), refusal }
  if (type.kind === 'bytes')
    return { ...quotedWrite(requested.bytesThrough(base64FromBytes)), refusal, growth: 4 }
  if (type.kind === 'json')
    return {
      ...bare({
        write: requested.bytesThrough(new EmbeddedJson(inner).whole),
        why: 'is no JSON text',
        hint: asString(name),
      }),
    }
  const textOf = canonicalText(type)
  const isBare = NUMBER_KINDS.has(type.kind) || type.kind === 'bool'
  let isFinite = true
  const write = requested.through((plain, view, out, at) => {
    const text = textOf(plain, view)
    isFinite = text !== null
    if (text === null) return -1
    for (let index = 0; index < text.length; index++) out[at + index] = text.charCodeAt(index)
    return at + text.length
  })
  return {
    ...(isBare ? bare({ write, why: '', hint: '' }) : quotedWrite(write)),
    growth: LONGEST_CANONICAL,
    refusal: (...value) =>
      isFinite ? refusal(...value) : { why: 'is no number in JSON', hint: asString(name) },
  }
}

/** The most bytes of a canonical text, without those of a value: a DECIMAL of 38 digits. */
const LONGEST_CANONICAL = 42

const quotedWrite = (escape: Escape): JsonValue => ({
  encoder: { ...BARE, write: quoted(escape), opening: QUOTES, closing: QUOTES },
  growth: 1,
  refusal: () => ({ why: '', hint: '' }),
  rule: null,
})

const asString = (name: string): string =>
  `Write TYPES (${name} AS STRING): the text of the value is then a JSON string.`

const WRONG_DATE: Refusal = {
  why: 'is no date of the calendar',
  hint: 'Write INVALID DATES NULL for NULL instead of zero dates, or leave the clause out for the text of the value.',
}

const unknownWire = ({ name, exact: { type, wire } }: JsonColumn): BatchQueryError =>
  new BatchQueryError('INTERNAL', `column ${JSON.stringify(name)}: no ${wire} value is of type ${type.kind}`)
