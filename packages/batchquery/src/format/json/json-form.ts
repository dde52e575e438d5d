import { BatchQueryError } from '../../errors/index.ts'
import type { TypedColumn, ValueType } from '../column.ts'
import { overheadOf } from '../rows/encode-row.ts'
import type { Escape, RowForm, ValueEncoder } from '../rows/row-form.ts'

const NOTHING = new Uint8Array()
const QUOTE = 0x22
const QUOTES = Buffer.of(QUOTE)
/** How the ASCII characters are written in a JSON string: most as they are. */
const ESCAPES = Array.from({ length: 0x80 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
)
const IS_ESCAPED = Uint8Array.from({ length: 0x100 }, (_, byte) => (ESCAPES[byte]?.length ?? 1) - 1)
const LONGEST_ESCAPE = 6
const DIGITS = Buffer.from('0123456789ABCDEF')
const INTEGER = /^-?(?:0|[1-9]\d*)$/
const FLOAT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * How a result is written as JSON Lines (https://jsonlines.org): an object for every row, its values by the names of the
 * columns.
 *
 * A number is a JSON number only if every reader gets the same number from it: integers up to 2^53 - 1, and
 * binary floating point. All others are strings: larger integers, DECIMAL, NaN. Binary values are strings as `0x0AFF`.
 *
 * @throws USAGE if two columns have one name: an object would lose one of them
 */
export function jsonForm(columns: readonly TypedColumn[]): RowForm {
  const names = columns.map(({ name }) => Buffer.from(name).toString())
  refuseEqualNames(names)
  const around = {
    rowStart: Buffer.from('{'),
    leads: names.map((name, index) => Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`)),
    rowEnd: Buffer.from('}\n'),
    nullWord: Buffer.from('null'),
  }
  const encoders = columns.map(({ type }) => ENCODERS[type])
  return {
    ...around,
    columns: encoders,
    header: NOTHING,
    overheadPerRow: overheadOf(encoders, around),
    growth: LONGEST_ESCAPE,
  }
}

function refuseEqualNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice === undefined) return
  throw new BatchQueryError('USAGE', `two columns are called ${JSON.stringify(twice)}, and JSON takes one`, {
    hint: 'Give each column a name of its own: SELECT a.id AS a_id, b.id AS b_id.',
  })
}

const escapeText: Escape = (source, start, end, out, at) => {
  let to = at
  for (let from = start; from < end; from++) {
    const byte = source[from]
    if (IS_ESCAPED[byte] === 0) out[to++] = byte
    else to += ESCAPES[byte].copy(out, to)
  }
  return to
}

const writeString: Escape = (source, start, end, out, at) => {
  out[at] = QUOTE
  const to = escapeText(source, start, end, out, at + 1)
  out[to] = QUOTE
  return to + 1
}

const STRING: ValueEncoder = {
  write: writeString,
  plain: null,
  opening: QUOTES,
  closing: QUOTES,
  escapePiece: escapeText,
  // No character of UTF-8 but ASCII has a byte that is escaped.
  wholeCharacters: (_source, _start, end) => end,
}

/** A value that must be read as a whole. One that is so long that it comes in pieces is no number, and so a string. */
const word = (written: (text: string) => string): ValueEncoder => ({
  ...STRING,
  write(source, start, end, out, at) {
    const view = Buffer.from(source.buffer, source.byteOffset + start, end - start)
    const json = Buffer.from(written(view.toString('latin1')), 'latin1')
    out.set(json, at)
    return at + json.length
  },
})

const numberOr =
  (isNumber: (text: string) => boolean) =>
  (text: string): string =>
    isNumber(text) ? text : JSON.stringify(text)

const INTEGERS = word(numberOr(text => INTEGER.test(text) && Number.isSafeInteger(Number(text))))
const BINARY_START = Buffer.from('"0x')

const digits: Escape = (source, start, end, out, at) => {
  let to = at
  for (let from = start; from < end; from++) {
    const byte = source[from]
    out[to++] = DIGITS[byte >>> 4]
    out[to++] = DIGITS[byte & 0x0f]
  }
  return to
}

const BINARY: ValueEncoder = {
  ...STRING,
  opening: BINARY_START,
  escapePiece: digits,
  write(source, start, end, out, at) {
    out.set(BINARY_START, at)
    const to = digits(source, start, end, out, at + BINARY_START.length)
    out[to] = QUOTE
    return to + 1
  },
}

const ENCODERS: Readonly<Record<ValueType, ValueEncoder>> = {
  integer: INTEGERS,
  bigint: INTEGERS,
  float: word(numberOr(text => FLOAT.test(text))),
  boolean: word(text => String(text === 't' || text === 'true')),
  binary: BINARY,
  // The database has made text of the bytes.
  bytea: STRING,
  text: STRING,
}
