import type { ExactType, WireForm } from '../../exact-column.ts'
import { nameOfType } from '../../type-names.ts'
import { physicalOf } from '../type.ts'
import { CHANGE_TYPES } from '../value-error.ts'
import {
  castDecimalRefusal,
  type DecimalType,
  type IntegerType,
  integerRefusal,
  scaledNumber,
  writeDecimal,
  writeInteger,
} from './any-number.ts'
import { shortestText, writeFloat } from './exact-floats.ts'
import { fixedReader, type Reader, refused } from './reader.ts'

/** The wire forms of floating-point numbers that are not text: their bytes, and the order of these. */
const FORMS: Partial<Readonly<Record<WireForm, readonly [bytes: 4 | 8, isLittleEndian: boolean]>>> = {
  float4: [4, false],
  float8: [8, false],
  leFloat: [4, true],
  leDouble: [8, true],
}

type NumberType = IntegerType | DecimalType | (ExactType & { readonly kind: 'float' | 'double' })

/** The reader of a floating-point number in one of these forms as a number of another type. Null for another form or type. */
export function binaryFloatReader(wire: WireForm, type: ExactType): Reader | null {
  const form = FORMS[wire]
  if (form === undefined || !isNumber(type)) return null
  const [bytes, isLittleEndian] = form
  const { width } = physicalOf(type)
  const valueAt = (source: DataView, start: number): number =>
    bytes === 4 ? source.getFloat32(start, isLittleEndian) : source.getFloat64(start, isLittleEndian)
  const read: Reader['read'] = ({ view: source, starts, ends }, from, to, _out, view, first) => {
    let at = first
    for (let k = from; k < to; k++) {
      const isWhole = ends[k] - starts[k] === bytes
      if (!isWhole || !write(valueAt(source, starts[k]), bytes, type, view, at)) return refused(k)
      at += width
    }
    return at
  }
  return fixedReader(width, read, (source, start, end) => {
    if (end - start !== bytes)
      return {
        why: `has ${end - start} bytes, but its type has ${bytes}`,
        shown: `0x${source.toString('hex', start, end)}`,
        hint: CHANGE_TYPES,
      }
    const view = new DataView(source.buffer, source.byteOffset, source.length)
    return refusal(shortestText(valueAt(view, start), bytes), type)
  })
}

const isNumber = (type: ExactType): type is NumberType =>
  ['int', 'decimal', 'float', 'double'].includes(type.kind)

function write(value: number, bytes: 4 | 8, type: NumberType, view: DataView, at: number): boolean {
  switch (type.kind) {
    case 'double':
      view.setFloat64(at, value, true)
      return true
    case 'float':
      return writeFloat(value, view, at)
    case 'int':
      return Number.isInteger(value) && writeInteger(BigInt(value), type, view, at)
    case 'decimal':
      return writeDecimal(scaledNumber(shortestText(value, bytes), type.scale), type, view, at)
  }
}

function refusal(text: string, type: NumberType) {
  if (type.kind === 'int') return integerRefusal(type, text)
  if (type.kind === 'decimal') return castDecimalRefusal(type, text)
  return { why: `is not a valid ${nameOfType(type)}`, shown: text, hint: CHANGE_TYPES }
}
