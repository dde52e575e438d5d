import { BatchQueryError } from '../../errors/index.ts'
import type { ExactColumn, FlatType } from '../exact-column.ts'

/** A column of a file. Its exact type decides the logical and the physical type in the file. */
export interface ParquetColumn extends ExactColumn {
  readonly name: string
  /** The clause INVALID DATES. @default - zero and partial dates become NULL in columns whose own type is a date or a timestamp */
  readonly invalidDates?: 'NULL' | 'ERROR' | null
}

/** A column with the type of its values: those of a list are its elements. */
export interface LeafColumn extends ParquetColumn {
  readonly type: FlatType
}

/** @throws INTERNAL for a list without a description of its elements */
export function leafOf(column: ParquetColumn): LeafColumn {
  const { name, type, element } = column
  if (type.kind !== 'list') return { ...column, type }
  if (element === undefined)
    throw new BatchQueryError('INTERNAL', `column ${JSON.stringify(name)}: the elements have no wire form`)
  return { ...element, name, type: type.element }
}

/** The names of the groups between a list's column and its elements, as the format prescribes them. */
export const LIST_PATH = ['list', 'element'] as const

/** The numbers of `Type` in parquet.thrift. */
export const PHYSICAL = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED: 7,
} as const

/** How values compare, which decides what min and max mean. */
export type Order =
  | 'boolean'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float'
  | 'double'
  | 'fixed'
  | 'uuid'
  | 'utf8'
  | 'bytes'

export interface Physical {
  readonly type: (typeof PHYSICAL)[keyof typeof PHYSICAL]
  /** Bytes of a value while it is collected. 0 if they vary; a boolean has one until its page ends. */
  readonly width: number
  readonly order: Order
}

const DIGITS_OF_INT32 = 9
const DIGITS_OF_INT64 = 18

export function physicalOf(type: FlatType): Physical {
  switch (type.kind) {
    case 'bool':
      return { type: PHYSICAL.BOOLEAN, width: 1, order: 'boolean' }
    case 'int':
      if (type.bits === 64) return { type: PHYSICAL.INT64, width: 8, order: type.signed ? 'int64' : 'uint64' }
      return { type: PHYSICAL.INT32, width: 4, order: type.signed ? 'int32' : 'uint32' }
    case 'decimal':
      if (type.precision <= DIGITS_OF_INT32) return { type: PHYSICAL.INT32, width: 4, order: 'int32' }
      if (type.precision <= DIGITS_OF_INT64) return { type: PHYSICAL.INT64, width: 8, order: 'int64' }
      return { type: PHYSICAL.FIXED, width: 16, order: 'fixed' }
    case 'float':
      return { type: PHYSICAL.FLOAT, width: 4, order: 'float' }
    case 'double':
      return { type: PHYSICAL.DOUBLE, width: 8, order: 'double' }
    case 'date':
      return { type: PHYSICAL.INT32, width: 4, order: 'int32' }
    case 'time':
    case 'timestamp':
      return { type: PHYSICAL.INT64, width: 8, order: 'int64' }
    case 'uuid':
      return { type: PHYSICAL.FIXED, width: 16, order: 'uuid' }
    case 'bytes':
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: 'bytes' }
    default:
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: 'utf8' }
  }
}
