import type { ValueSink } from './csv-reader.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { TypedColumn, ValueType } from './typed-column.ts'

/** How a value stands in JSON. */
type JsonType = 'integer' | 'float' | 'boolean' | 'binary' | 'text'

const QUOTE = Buffer.from('"')
const NULL = Buffer.from('null')
const EMPTY_ROW = Buffer.from('{}\n')
const ROW_END = Buffer.from('}\n')
/** How the ASCII characters stand in a JSON string: most as they are. */
const ESCAPES = Array.from({ length: 0x80 }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
)
const IS_ESCAPED = Uint8Array.from({ length: 0x100 }, (_, byte) => (ESCAPES[byte]?.length ?? 1) - 1)
const LONGEST_ESCAPE = 6
const BACKSLASH = 0x5c
const DIGIT_0 = 0x30
const LETTER_A = 0x61
const LETTER_F = 0x66
const TO_UPPER_CASE = 0x20
const INTEGER = /^-?(?:0|[1-9]\d*)$/
const FLOAT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Writes rows as JSON Lines (https://jsonlines.org): an object for every row, its values by the names of the columns.
 *
 * A number is a JSON number only where every reader gets the same number from it: integers up to 2^53 - 1, and
 * binary floating point. All others are strings: larger integers, DECIMAL, NaN. Binary values are strings as `0x0AFF`.
 * A value is written as it comes, whatever its length.
 */
export class JsonLines implements ValueSink {
  /** What was written; the taker empties it. */
  readonly out = new GrowingBuffer()
  readonly #columns: readonly { readonly type: JsonType; readonly key: Uint8Array }[]
  #column = 0
  /** Whether something of the value is written. */
  #begun = false
  /** The value, where it has to be seen whole: it is short then. */
  #text = ''

  constructor(columns: readonly TypedColumn[]) {
    this.#columns = columns.map(({ type, name }, index) => ({
      type: jsonType(type),
      key: Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(Buffer.from(name).toString())}:`),
    }))
  }

  piece(source: Buffer, start: number, end: number): void {
    const { type } = this.#columns[this.#column]
    if (type === 'text') this.#string(source, start, end)
    else if (type === 'binary') this.#binary(source, start, end)
    else this.#text += source.toString('latin1', start, end)
  }

  endValue(isNull: boolean): void {
    if (this.#columns.length === 0) return
    const { type } = this.#columns[this.#column]
    if (isNull) this.#begin(NULL)
    else if (type === 'text' || type === 'binary') this.#endString()
    else this.#begin(Buffer.from(jsonOf(this.#text, type), 'latin1'))
    this.#column++
    this.#begun = false
    this.#text = ''
  }

  endRow(): void {
    this.out.append(this.#columns.length === 0 ? EMPTY_ROW : ROW_END)
    this.#column = 0
  }

  #begin(opening: Uint8Array): void {
    this.out.append(this.#columns[this.#column].key)
    this.out.append(opening)
    this.#begun = true
  }

  #endString(): void {
    if (!this.#begun) this.#begin(QUOTE)
    this.out.append(QUOTE)
  }

  #string(source: Buffer, start: number, end: number): void {
    if (!this.#begun) this.#begin(QUOTE)
    this.out.reserve(LONGEST_ESCAPE * (end - start))
    const { bytes } = this.out
    let to = this.out.at
    for (let at = start; at < end; at++) {
      const byte = source[at]
      if (IS_ESCAPED[byte] === 0) bytes[to++] = byte
      else to += ESCAPES[byte].copy(bytes, to)
    }
    this.out.at = to
  }

  /** `\x0aff` becomes `0x0AFF`, character by character. */
  #binary(source: Buffer, start: number, end: number): void {
    if (!this.#begun) this.#begin(QUOTE)
    this.out.reserve(end - start)
    const { bytes } = this.out
    let to = this.out.at
    for (let at = start; at < end; at++) {
      const character = source[at]
      if (character === BACKSLASH) bytes[to++] = DIGIT_0
      else
        bytes[to++] = character >= LETTER_A && character <= LETTER_F ? character - TO_UPPER_CASE : character
    }
    this.out.at = to
  }
}

function jsonType(type: ValueType): JsonType {
  if (type === 'bigint') return 'integer'
  return type === 'bytea' ? 'text' : type
}

function jsonOf(text: string, type: 'integer' | 'float' | 'boolean'): string {
  if (type === 'boolean') return String(text === 't' || text === 'true')
  const isNumber =
    type === 'float' ? FLOAT.test(text) : INTEGER.test(text) && Number.isSafeInteger(Number(text))
  return isNumber ? text : JSON.stringify(text)
}
