import type { SchemaElement } from 'hyparquet'
import type { FlatType } from '../exact-column.ts'
import { type ReadValue, utf8Text } from '../read-rows.ts'
import { clock, day, decimal, finite, moment, shortestFloat } from '../value-texts.ts'

/** How the values of a leaf are printed: `textOf` takes a value in its physical type. */
export interface LeafValues {
  readonly type: FlatType
  readonly isNumber: boolean
  /** @returns bytes for the type of bytes, and for a string that is not UTF-8 */
  readonly textOf: (value: unknown) => Exclude<ReadValue, null>
}

const DIGITS = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const

const number = (type: FlatType, textOf: (value: unknown) => string): LeafValues => ({
  type,
  isNumber: true,
  textOf,
})
const text = (type: FlatType, textOf: LeafValues['textOf']): LeafValues => ({ type, isNumber: false, textOf })

const STRING: FlatType = { kind: 'string' }

/** Decides by the type that the file declares for a leaf. Types without a text of their own are bytes. */
export function leafValues({
  type,
  converted_type,
  logical_type,
  precision,
  scale,
}: SchemaElement): LeafValues {
  const logical = logical_type?.type ?? CONVERTED[converted_type ?? ''] ?? converted_type
  switch (logical) {
    case 'STRING':
    case 'ENUM':
      return text(STRING, stringOf)
    case 'JSON':
      return text({ kind: 'json' }, stringOf)
    case 'UUID':
      return text({ kind: 'uuid' }, value => hex(value).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
    case 'DECIMAL':
      return number({ kind: 'decimal', precision: precision ?? 38, scale: scale ?? 0 }, value =>
        decimal(unscaled(value), scale ?? 0),
      )
    case 'DATE':
      return text({ kind: 'date' }, value => day(integer(value)))
    case 'FLOAT16':
      return number({ kind: 'float' }, value => floatText(half(Buffer.from(bytesOf(value)))))
  }
  const time = timeOf(logical_type, converted_type)
  if (time !== null) return time
  const { bits, signed } = integerOf(logical_type, converted_type, type)
  if (bits !== null)
    return number({ kind: 'int', bits, signed }, value =>
      String(signed ? integer(value) : BigInt.asUintN(bits, integer(value))),
    )
  return physicalValues(type)
}

/** The older words, as the newer ones. */
const CONVERTED: Readonly<Record<string, string>> = { UTF8: 'STRING' }

function physicalValues(type: SchemaElement['type']): LeafValues {
  switch (type) {
    case 'BOOLEAN':
      return text({ kind: 'bool' }, String)
    case 'FLOAT':
      return number({ kind: 'float' }, value => shortestFloat(Number(value)) ?? String(value))
    case 'DOUBLE':
      return number({ kind: 'double' }, value => floatText(Number(value)))
    case 'INT96':
      // Nanoseconds since 1970, by the parser that is passed to hyparquet.
      return text(STRING, value => moment(integer(value), false, DIGITS.NANOS))
    default:
      return text({ kind: 'bytes' }, bytesOf)
  }
}

function timeOf(
  logical: SchemaElement['logical_type'],
  converted: SchemaElement['converted_type'],
): LeafValues | null {
  if (logical?.type === 'TIMESTAMP' || converted?.startsWith('TIMESTAMP')) {
    const utc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : true
    return text(STRING, value => moment(integer(value), utc, digitsOf(logical, converted)))
  }
  if (logical?.type === 'TIME' || converted?.startsWith('TIME_'))
    return text(STRING, value => clock(integer(value), digitsOf(logical, converted)))
  return null
}

function digitsOf(
  logical: SchemaElement['logical_type'],
  converted: SchemaElement['converted_type'],
): number {
  if (logical?.type === 'TIME' || logical?.type === 'TIMESTAMP') return DIGITS[logical.unit]
  return converted?.endsWith('MILLIS') ? DIGITS.MILLIS : DIGITS.MICROS
}

interface IntegerType {
  readonly bits: 8 | 16 | 32 | 64 | null
  readonly signed: boolean
}

function integerOf(
  logical: SchemaElement['logical_type'],
  converted: SchemaElement['converted_type'],
  type: SchemaElement['type'],
): IntegerType {
  const [, unsigned, width] = /^(U?)INT_(\d+)$/.exec(converted ?? '') ?? []
  const physical = type === 'INT32' ? 32 : type === 'INT64' ? 64 : null
  if (logical?.type === 'INTEGER') return { bits: bitsOf(logical.bitWidth), signed: logical.isSigned }
  if (width !== undefined) return { bits: bitsOf(Number(width)), signed: unsigned === '' }
  return { bits: physical, signed: true }
}

const bitsOf = (width: number): IntegerType['bits'] =>
  width === 8 || width === 16 || width === 32 ? width : 64

/** @throws RangeError, TypeError if it is not an integer */
function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(value)
  throw new TypeError(`${typeof value} instead of an integer`)
}

const unscaled = (value: unknown): bigint =>
  value instanceof Uint8Array
    ? BigInt.asIntN(8 * value.length, BigInt(`0x${hex(value) || '0'}`))
    : integer(value)

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError(`${typeof value} instead of bytes`)
}

const hex = (value: unknown): string => Buffer.from(bytesOf(value)).toString('hex')

const floatText = (value: number): string => finite(value) ?? String(value)

/** https://en.wikipedia.org/wiki/Half-precision_floating-point_format */
function half(bytes: Buffer): number {
  const bits = bytes.readUInt16LE()
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function stringOf(value: unknown): string | Uint8Array {
  const bytes = bytesOf(value)
  return utf8Text(bytes) ?? bytes
}
