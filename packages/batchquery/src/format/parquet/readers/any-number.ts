import type { ExactType } from '../../exact-column.ts'
import { nameOfType } from '../../type-names.ts'
import { physicalOf } from '../type.ts'
import { CHANGE_TYPES, type Refusal } from '../value-error.ts'
import { decimalRefusal, longDecimalReader, shortDecimalReader } from './decimals.ts'
import { type ReadOne, withFallback } from './fallback.ts'
import { int32Reader, int64Reader } from './integers.ts'
import type { Reader } from './reader.ts'

// Numbers in any form that a database or a text may have: 5, +5, 5.00, 5e2, .5.

export type IntegerType = ExactType & { readonly kind: 'int' }
export type DecimalType = ExactType & { readonly kind: 'decimal' }

const NUMBER = /^([-+]?)(\d*)(?:\.(\d*))?(?:e([-+]?\d{1,5}))?$/i
/** More digits than any type has. */
const MOST_DIGITS = 60

/** A number as its sign, its digits without zeros at both ends, and the power of ten of the last digit. */
export interface Digits {
  readonly isNegative: boolean
  /** Empty for zero. */
  readonly digits: string
  readonly exponent: number
}

/** @returns null if the text is not a number */
export function digitsOf(text: string): Digits | null {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  if (sign === undefined || whole.length + fraction.length === 0) return null
  const all = (whole + fraction).replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  return {
    isNegative: sign === '-',
    digits,
    exponent: digits === '' ? 0 : Number(exponent) - fraction.length + all.length - digits.length,
  }
}

type Unfit = 'no number' | 'fraction' | 'range'

/** The number times 10^scale, or why it is not an integer of at most 60 digits. */
export function scaledNumber(text: string, scale: number): bigint | Unfit {
  const number = digitsOf(text)
  if (number === null) return 'no number'
  const { digits, isNegative } = number
  const zeros = number.exponent + scale
  if (digits !== '' && zeros < 0) return 'fraction'
  if (digits.length + zeros > MOST_DIGITS) return 'range'
  const value = BigInt(digits + '0'.repeat(digits === '' ? 0 : zeros))
  return isNegative ? -value : value
}

const fits = (value: bigint, { bits, signed }: IntegerType): boolean =>
  signed ? BigInt.asIntN(bits, value) === value : BigInt.asUintN(bits, value) === value

/** Writes an integer as the type. Returns false if the type cannot hold it. */
export function writeInteger(value: bigint | Unfit, type: IntegerType, view: DataView, at: number): boolean {
  if (typeof value === 'string' || !fits(value, type)) return false
  if (type.bits === 64) view.setBigInt64(at, value, true)
  else view.setInt32(at, Number(value), true)
  return true
}

/** Writes a number that is scaled as the type. Returns false if the type cannot hold it. */
export function writeDecimal(value: bigint | Unfit, type: DecimalType, view: DataView, at: number): boolean {
  if (typeof value === 'string') return false
  const bound = 10n ** BigInt(type.precision)
  if (value >= bound || value <= -bound) return false
  const { width } = physicalOf(type)
  if (width === 4) view.setInt32(at, Number(value), true)
  else if (width === 8) view.setBigInt64(at, value, true)
  else {
    view.setBigInt64(at, value >> 64n)
    view.setBigUint64(at + 8, BigInt.asUintN(64, value))
  }
  return true
}

/** @param text of a value that is not such an integer */
export function integerRefusal(type: IntegerType, text: string): Refusal {
  const name = nameOfType(type)
  const value = scaledNumber(text, 0)
  const hint = CHANGE_TYPES
  if (value === 'no number') return { why: 'is not a number', shown: text, hint }
  if (value === 'fraction') return { why: `has a fraction, which ${name} cannot have`, shown: text, hint }
  return { why: `is out of the range of ${name}`, shown: text, hint }
}

/** @param text of a value that is not such a decimal */
export function castDecimalRefusal({ precision, scale }: DecimalType, text: string): Refusal {
  const { why } = decimalRefusal(precision, scale, text)
  return { why: digitsOf(text) === null ? 'is not a number' : why, shown: text, hint: CHANGE_TYPES }
}

const textOf = (source: Buffer, start: number, end: number): string => source.toString('utf8', start, end)

/** Number text to an integer. A fraction of zeros is none. */
export function anyIntegerReader(type: IntegerType): Reader {
  const { bits, signed } = type
  const slow: ReadOne = (source, start, end, view, at) =>
    writeInteger(scaledNumber(textOf(source, start, end), 0), type, view, at)
  const fast = bits === 64 ? int64Reader(signed) : int32Reader(bits, signed)
  return withFallback(fast, bits === 64 ? 8 : 4, slow, (...value) => integerRefusal(type, textOf(...value)))
}

/** Number text to a decimal. */
export function anyDecimalReader(type: DecimalType): Reader {
  const { precision, scale } = type
  const { width } = physicalOf(type)
  const slow: ReadOne = (source, start, end, view, at) =>
    writeDecimal(scaledNumber(textOf(source, start, end), scale), type, view, at)
  const fast =
    width === 16
      ? longDecimalReader(precision, scale)
      : shortDecimalReader(precision, scale, width === 4 ? 4 : 8)
  return withFallback(fast, width, slow, (...value) => castDecimalRefusal(type, textOf(...value)))
}
