import { BatchQueryError } from '../../../errors/index.ts'
import type { FlatType, WireForm } from '../../exact-column.ts'
import { type LeafColumn, physicalOf } from '../type.ts'
import { base64Reader } from './base64.ts'
import { booleanReader } from './booleans.ts'
import { bytesReader, jsonbReader, utf8Reader, uuidReader } from './bytes.ts'
import { castReader } from './cast-reader.ts'
import { dateReader, timestampReader, zeroDateRefusal } from './dates.ts'
import { longDecimalReader, shortDecimalReader } from './decimals.ts'
import { daysReader, microsReader } from './epoch.ts'
import { doubleReader, floatReader } from './floats.ts'
import { geometryReader } from './geometry.ts'
import { int32Reader, int64Reader } from './integers.ts'
import { mysqlReader } from './mysql.ts'
import { longDecimalFromNumeric, shortDecimalFromNumeric, textFromNumeric } from './numeric.ts'
import * as binary from './postgres.ts'
import type { Reader } from './reader.ts'
import { timeReader } from './times.ts'
import { transcodedReader } from './transcoded.ts'
import { uuidFromBytes, uuidFromText } from './uuids.ts'

/** @throws INTERNAL for a wire form that no column of this type has */
export function readerFor(column: LeafColumn): Reader {
  const { name, type, wire, source, invalidDates } = column
  const found = source === undefined ? ownReader(column) : castReader(column, source)
  if (found === null)
    throw new BatchQueryError(
      'INTERNAL',
      `column ${JSON.stringify(name)}: a ${wire} value is never of type ${type.kind}`,
    )
  if (invalidDates !== 'ERROR' || found.hasZeroDates === false) return found
  const refusal: Reader['refusal'] = (...value) => {
    const refusal = found.refusal(...value)
    return zeroDateRefusal(refusal.shown ?? '') ?? refusal
  }
  return { ...found, hasZeroDates: false, refusal }
}

/** The reader of a column that has its own type. */
function ownReader(column: LeafColumn): Reader | null {
  const { type, wire, offsetAt, transcoder, geometry } = column
  if (geometry !== undefined) return geometryReader(wire, geometry)
  const isText = wire === 'text' && (type.kind === 'string' || type.kind === 'json')
  const reader =
    isText && transcoder !== undefined ? transcodedReader(transcoder) : find(type, wire, offsetAt)
  return reader ?? mysqlReader(column)
}

function find(type: FlatType, wire: WireForm, offsetAt: LeafColumn['offsetAt']): Reader | null {
  switch (type.kind) {
    case 'bool':
      return wire === 'text' ? booleanReader() : wire === 'boolean' ? binary.booleanFromBinary() : null
    case 'int':
      return wire === 'text' ? integerFromText(type) : integerFromBinary(type, wire)
    case 'decimal':
      return decimal(type, wire)
    case 'float':
      return wire === 'text' ? floatReader() : wire === 'float4' ? binary.floatFromBinary() : null
    case 'double':
      return wire === 'text' ? doubleReader() : wire === 'float8' ? binary.doubleFromBinary() : null
    case 'date':
      if (wire === 'epoch') return daysReader()
      return wire === 'text' ? dateReader() : wire === 'date' ? binary.dateFromBinary() : null
    case 'timestamp':
      if (wire === 'epoch') return microsReader()
      if (wire === 'text') return timestampReader(type.utc, offsetAt)
      return wire === 'timestamp' ? binary.timestampFromBinary() : null
    case 'time':
      return wire === 'text' ? timeReader() : null
    case 'uuid':
      if (wire === 'text') return uuidFromText()
      return wire === 'uuid' || wire === 'raw' ? uuidFromBytes() : null
    case 'bytes':
      return wire === 'raw' ? bytesReader : wire === 'base64' ? base64Reader : null
    case 'json':
      return wire === 'jsonb' ? jsonbReader : wire === 'raw' || wire === 'text' ? utf8Reader : null
    case 'string':
      if (wire === 'uuid') return uuidReader
      if (wire === 'numeric') return textFromNumeric
      return wire === 'raw' || wire === 'text' ? utf8Reader : null
    default:
      return null
  }
}

function integerFromText({ bits, signed }: FlatType & { kind: 'int' }): Reader {
  return bits === 64 ? int64Reader(signed) : int32Reader(bits, signed)
}

function integerFromBinary({ bits, signed }: FlatType & { kind: 'int' }, wire: WireForm): Reader | null {
  if (!signed) return null
  if (bits === 64) {
    if (wire === 'int8') return binary.int64FromBinary()
    return wire === 'int2' || wire === 'int4' ? binary.int64FromShortBinary(wire === 'int2' ? 2 : 4) : null
  }
  if (wire === 'int2' && bits >= 16) return binary.int32FromBinary(2)
  return wire === 'int4' && bits === 32 ? binary.int32FromBinary(4) : null
}

function decimal(type: FlatType & { kind: 'decimal' }, wire: WireForm): Reader | null {
  const { precision, scale } = type
  const { width } = physicalOf(type)
  if (width === 16) {
    if (wire === 'text') return longDecimalReader(precision, scale)
    return wire === 'numeric' ? longDecimalFromNumeric(precision, scale) : null
  }
  const short = width === 4 ? 4 : 8
  if (wire === 'text') return shortDecimalReader(precision, scale, short)
  return wire === 'numeric' ? shortDecimalFromNumeric(precision, scale, short) : null
}
