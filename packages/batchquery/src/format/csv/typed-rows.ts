import type { TypedColumn, ValueType } from '../column.ts'
import type { ValueSink } from './csv-reader.ts'
import { HexReader } from './hex.ts'

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

/** Makes typed rows of the values that a `CsvReader` reads. A row is in memory as a whole. */
export class TypedRows implements ValueSink {
  readonly #columns: readonly TypedColumn[]
  readonly #takeRow: (values: readonly Value[]) => void
  #pieces: Buffer[] = []
  #values: Value[] = []
  readonly #hex = new HexReader()

  constructor(columns: readonly TypedColumn[], takeRow: (values: readonly Value[]) => void) {
    this.#columns = columns
    this.#takeRow = takeRow
  }

  /** The owner uses the bytes again, so this copies what it keeps. */
  piece(source: Buffer, start: number, end: number): void {
    const isBinary = this.#columns[this.#values.length]?.type === 'binary'
    const piece = isBinary ? this.#hex.read(source, start, end) : Buffer.from(source.subarray(start, end))
    this.#pieces.push(piece)
  }

  endValue(isNull: boolean): void {
    const column = this.#columns[this.#values.length]
    // A result without columns has an empty line for each row.
    if (column === undefined) return
    const [first = NOTHING] = this.#pieces
    const bytes = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first
    this.#values.push(isNull ? null : typedValue(bytes, column.type))
    this.#pieces = []
    this.#hex.endValue()
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
  const bytes = Buffer.alloc(text.length)
  let to = 0
  let at = 0
  while (at < text.length) {
    const isEscape = text[at] === BACKSLASH && text[at + 1] !== BACKSLASH
    bytes[to++] = isEscape ? Number.parseInt(text.toString('latin1', at + 1, at + 4), 8) : text[at]
    if (isEscape) at += 4
    else at += text[at] === BACKSLASH ? 2 : 1
  }
  return bytes.subarray(0, to)
}
