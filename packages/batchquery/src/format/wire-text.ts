import type { ExactColumn, ExactType } from './exact-column.ts'

/** Writes a value of a binary wire form as the text that the database prints. */
export interface TextWriter {
  /** The most bytes of a text, however short its binary form is. */
  readonly mostBytes: number
  /**
   * Writes the text of the value from `start` to `end`, in ASCII, at `at`, where there is room. Returns where the text ends, or -1 if these
   * bytes are no value of the wire form.
   */
  write(source: Buffer, start: number, end: number, out: Buffer, at: number): number
}

/**
 * Returns the writer for MySQL's binary forms: the text is that of MySQL's text protocol, except that a FLOAT gets all the digits that
 * distinguish it from other FLOATs. Null if the values of the column come as text, or in a form of another database.
 */
export function textWriter(column: ExactColumn): TextWriter | null {
  const { decimals, leastCharacters = 0 } = column
  switch (column.wire) {
    case 'le8':
    case 'le16':
    case 'le32':
    case 'le64':
      return integerWriter(Number(column.wire.slice(2)), isUnsigned(column), leastCharacters)
    case 'leFloat':
      return numberWriter(4, value => floatText(value, decimals), leastCharacters)
    case 'leDouble':
      return numberWriter(8, value => doubleText(value, decimals), leastCharacters)
    case 'leDate':
      return dateWriter(column.source ?? column.type, decimals)
    case 'leTime':
      return timeWriter(decimals)
    default:
      return null
  }
}

/** Whether the integers of the column are unsigned. The column's own type then has more bits than the wire form, or is a decimal. */
export function isUnsigned({ type, source = type, wire }: ExactColumn): boolean {
  if (source.kind === 'decimal') return true
  return source.kind === 'int' && (!source.signed || source.bits > Number(wire.slice(2)))
}

const DIGIT_0 = 0x30
const DASH = 0x2d
const TWO_32 = 4_294_967_296
const INTEGER_BYTES = 20
/** `-1.7976931348623157e308` has 23. A fixed count of digits may come after 309 others. */
const DOUBLE_BYTES = 24
const FIXED_BYTES = 312

function integerWriter(bits: number, unsigned: boolean, leastCharacters: number): TextWriter {
  const bytes = bits / 8
  const write: TextWriter['write'] = (source, start, end, out, at) => {
    if (end - start !== bytes) return -1
    if (bits < 64) {
      const value = unsigned ? source.readUIntLE(start, bytes) : source.readIntLE(start, bytes)
      return integer(value, leastCharacters, out, at)
    }
    const low = source.readUInt32LE(start)
    const high = unsigned ? source.readUInt32LE(start + 4) : source.readInt32LE(start + 4)
    const value = high * TWO_32 + low
    if (Number.isSafeInteger(value)) return integer(value, leastCharacters, out, at)
    const text = unsigned ? source.readBigUInt64LE(start) : source.readBigInt64LE(start)
    return at + out.latin1Write(padded(`${text}`, leastCharacters), at)
  }
  return { mostBytes: Math.max(INTEGER_BYTES, leastCharacters), write }
}

/** Writes a safe integer. */
function integer(value: number, leastCharacters: number, out: Buffer, at: number): number {
  let start = at
  let rest = value
  if (value < 0) {
    out[start++] = DASH
    rest = -value
  }
  let end = start
  do {
    const next = Math.floor(rest / 10)
    out[end++] = DIGIT_0 + rest - next * 10
    rest = next
  } while (rest > 0)
  while (end - at < leastCharacters) out[end++] = DIGIT_0
  out.subarray(start, end).reverse()
  return end
}

const padded = (text: string, leastCharacters: number): string => text.padStart(leastCharacters, '0')

function numberWriter(bytes: 4 | 8, textOf: (value: number) => string, leastCharacters: number): TextWriter {
  const write: TextWriter['write'] = (source, start, end, out, at) => {
    if (end - start !== bytes) return -1
    const value = bytes === 4 ? source.readFloatLE(start) : source.readDoubleLE(start)
    return at + out.latin1Write(padded(textOf(value), leastCharacters), at)
  }
  return { mostBytes: Math.max(FIXED_BYTES + 30, DOUBLE_BYTES, leastCharacters), write }
}

function doubleText(value: number, decimals: number | undefined): string {
  return decimals === undefined ? plain(value, value.toExponential()) : fixed(value, decimals)
}

function floatText(value: number, _decimals: number | undefined): string {
  return `${value}`
}

const plain = (value: number, _exponential: string): string => `${value}`
const fixed = (value: number, decimals: number): string => value.toFixed(decimals)

function dateWriter(_type: ExactType, _decimals: number | undefined): TextWriter {
  return { mostBytes: 26, write: () => -1 }
}

function timeWriter(_decimals: number | undefined): TextWriter {
  return { mostBytes: 17, write: () => -1 }
}
