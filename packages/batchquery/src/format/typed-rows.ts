import type { ValueSink } from './csv-reader.ts'
import type { TypedColumn, ValueType } from './typed-column.ts'

/** A value of a row, NULL as null. */
export type Value = string | number | bigint | boolean | Uint8Array | null

const NOTHING = Buffer.alloc(0)
const BACKSLASH = 0x5c
const LETTER_X = 0x78
/** Integers of other forms than JavaScript's stay text: `00042` of a ZEROFILL column. */
const INTEGER = /^-?(?:0|[1-9]\d*)$/
const INFINITIES = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])

/** Makes rows of values of what a `CsvReader` reads. A value, and so a row, is held as a whole. */
export class TypedRows implements ValueSink {
  readonly #columns: readonly TypedColumn[]
  readonly #takeRow: (values: readonly Value[]) => void
  #pieces: Buffer[] = []
  #values: Value[] = []

  constructor(columns: readonly TypedColumn[], takeRow: (values: readonly Value[]) => void) {
    this.#columns = columns
    this.#takeRow = takeRow
  }

  /** The bytes are used again by their owner: what is kept is copied. */
  piece(source: Buffer, start: number, end: number): void {
    this.#pieces.push(Buffer.from(source.subarray(start, end)))
  }

  endValue(isNull: boolean): void {
    const column = this.#columns[this.#values.length]
    // A result without columns has an empty line for each row.
    if (column === undefined) return
    const [first = NOTHING] = this.#pieces
    const bytes = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first
    this.#values.push(isNull ? null : typedValue(bytes, column.type))
    this.#pieces = []
  }

  endRow(): void {
    const values = this.#values
    this.#values = []
    this.#takeRow(values)
  }
}

function typedValue(bytes: Buffer, type: ValueType): Value {
  switch (type) {
    case 'binary':
      return new Uint8Array(bytes)
    case 'bytea':
      return new Uint8Array(fromBytea(bytes))
    case 'blob':
      return new Uint8Array(fromBlob(bytes))
    case 'text':
      return bytes.toString()
    case 'boolean':
      return bytes.toString() === 't' || bytes.toString() === 'true'
    case 'integer':
      return integerOf(bytes.toString(), Number)
    case 'bigint':
      return integerOf(bytes.toString(), BigInt)
    case 'float':
      return floatOf(bytes.toString())
  }
}

const integerOf = (text: string, read: (text: string) => number | bigint): Value =>
  INTEGER.test(text) ? read(text) : text

const floatOf = (text: string): number => INFINITIES.get(text) ?? Number(text)

/**
 * Both forms of bytea_output: `\x41ff`, and `A\377` with backslashes doubled.
 * https://www.postgresql.org/docs/current/datatype-binary.html
 */
function fromBytea(text: Buffer): Buffer {
  if (text[0] === BACKSLASH && text[1] === LETTER_X) return Buffer.from(text.toString('latin1', 2), 'hex')
  return unescaped(text, (digits, at) =>
    digits[at] === BACKSLASH
      ? [BACKSLASH, 1]
      : [Number.parseInt(digits.toString('latin1', at, at + 3), 8), 3],
  )
}

/** `A\xFF`: DuckDB's cast to text, where a backslash itself is written so, too. */
const fromBlob = (text: Buffer): Buffer =>
  unescaped(text, (digits, at) => [Number.parseInt(digits.toString('latin1', at + 1, at + 3), 16), 3])

/** @param read the byte of the escape that begins at `at`, behind its backslash, and the escape's length there */
function unescaped(
  text: Buffer,
  read: (text: Buffer, at: number) => readonly [byte: number, length: number],
): Buffer {
  const bytes = Buffer.alloc(text.length)
  let to = 0
  let at = 0
  while (at < text.length) {
    if (text[at] !== BACKSLASH) bytes[to++] = text[at++]
    else {
      const [byte, length] = read(text, at + 1)
      bytes[to++] = byte
      at += 1 + length
    }
  }
  return bytes.subarray(0, to)
}
