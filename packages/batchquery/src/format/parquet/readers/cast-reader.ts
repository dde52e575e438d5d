import type { ExactType } from '../../exact-column.ts'
import type { ParquetColumn } from '../type.ts'
import { CHANGE_TYPES } from '../value-error.ts'
import { anyDecimalReader, anyIntegerReader } from './any-number.ts'
import { binaryFloatReader } from './binary-floats.ts'
import { booleanReader } from './booleans.ts'
import { bytesReader, utf8Reader } from './bytes.ts'
import { dateFromText, timestampFromText } from './cast-dates.ts'
import { microsReader } from './epoch.ts'
import { floatFromDoubleReader, keptFloatReader } from './exact-floats.ts'
import { doubleReader } from './floats.ts'
import { jsonFromText } from './json-text.ts'
import { timestampFromBinary } from './postgres.ts'
import {
  dateFromBinaryTimestamp,
  dateFromEpoch,
  timestampFromBinaryDate,
  zonedFromBinary,
  zonedFromEpoch,
} from './postgres-casts.ts'
import type { Reader } from './reader.ts'
import { rewriterOf, rewrittenReader } from './rewritten.ts'
import { timeReader } from './times.ts'
import { uuidFromBytes, uuidFromText } from './uuids.ts'

/**
 * The reader of a column for which TYPES asks for another type than its own. Each value becomes exactly this type, or is refused.
 *
 * @param source the column's own type
 * @returns null for a wire form that no column of these types has
 */
export function castReader(column: ParquetColumn, source: ExactType): Reader | null {
  const { type, wire } = column
  const direct = binaryFloatReader(wire, type) ?? dateReader(column, source)
  if (direct !== null) return direct
  if (wire === 'uuid') return type.kind === 'uuid' ? uuidFromBytes() : null
  const rewriter = rewriterOf(column)
  if (rewriter === null && wire !== 'text' && wire !== 'raw') return null
  const reader = source.kind === 'bytes' ? fromBytes(type) : fromText(column, source)
  if (reader === null) return null
  const dated = datedReader(reader, column, source)
  return rewriter === null ? dated : rewrittenReader(rewriter, dated)
}

/** Dates and times that do not come as text: a driver converts them between the zones. */
function dateReader({ type, wire }: ParquetColumn, source: ExactType): Reader | null {
  const isZoned = type.kind === 'timestamp' && type.utc && source.kind === 'timestamp' && !source.utc
  switch (wire) {
    case 'epoch':
      if (type.kind === 'date') return dateFromEpoch()
      return isZoned ? zonedFromEpoch() : type.kind === 'timestamp' ? microsReader() : null
    case 'date':
      return type.kind === 'timestamp' ? timestampFromBinaryDate() : null
    case 'timestamp':
      if (type.kind === 'date') return dateFromBinaryTimestamp()
      return isZoned ? zonedFromBinary() : type.kind === 'timestamp' ? timestampFromBinary() : null
    default:
      return null
  }
}

function fromBytes({ kind }: ExactType): Reader | null {
  switch (kind) {
    case 'string':
      return {
        ...utf8Reader,
        refusal: (...value) => ({ ...utf8Reader.refusal(...value), hint: CHANGE_TYPES }),
      }
    case 'uuid':
      return uuidFromBytes()
    case 'json':
      return jsonFromText
    default:
      return null
  }
}

/** @param column its values are UTF-8 text */
function fromText({ type, offsetAt }: ParquetColumn, source: ExactType): Reader | null {
  const isFloat = source.kind === 'float' || source.kind === 'double'
  const isNumber = source.kind === 'int' || source.kind === 'decimal'
  switch (type.kind) {
    case 'int':
      return anyIntegerReader(type)
    case 'decimal':
      return anyDecimalReader(type)
    case 'float':
      return isFloat ? floatFromDoubleReader() : keptFloatReader(4, isNumber)
    case 'double':
      return isFloat ? doubleReader() : keptFloatReader(8, isNumber)
    case 'bool':
      return {
        ...booleanReader(),
        refusal: () => ({ why: 'is not a BOOLEAN (0, 1, t, f, true or false)', hint: CHANGE_TYPES }),
      }
    case 'date':
      return dateFromText()
    case 'time':
      return timeReader()
    case 'timestamp':
      return timestampFromText(type.utc, offsetAt)
    case 'uuid':
      return uuidFromText()
    case 'json':
      return jsonFromText
    case 'string':
      return utf8Reader
    case 'bytes':
      return bytesReader
    default:
      return null
  }
}

/** Only a text that TYPES makes a date needs the clause INVALID DATES NULL to have zero dates: the clause's own type allows none. */
function datedReader(reader: Reader, { wire, invalidDates }: ParquetColumn, source: ExactType): Reader {
  if (reader.hasZeroDates === false) return reader
  if (source.kind === 'string') return { ...reader, hasZeroDates: invalidDates === 'NULL' }
  return { ...reader, hasZeroDates: wire === 'leDate' ? 'binary' : true }
}
