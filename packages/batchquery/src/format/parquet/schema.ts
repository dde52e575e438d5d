import type { FlatType } from '../exact-column.ts'
import { THRIFT, type ThriftWriter } from './thrift.ts'
import { LIST_PATH, leafOf, type ParquetColumn, PHYSICAL, physicalOf } from './type.ts'

/** The numbers of `ConvertedType` in parquet.thrift, for readers that do not know logical types. */
export const CONVERTED = {
  UTF8: 0,
  MAP: 1,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME_MICROS: 8,
  TIMESTAMP_MICROS: 10,
  UINT_8: 11,
  INT_8: 15,
  JSON: 19,
} as const
/** The fields of the union `LogicalType` in parquet.thrift. */
export const LOGICAL = {
  STRING: 1,
  MAP: 2,
  LIST: 3,
  DECIMAL: 5,
  DATE: 6,
  TIME: 7,
  TIMESTAMP: 8,
  INTEGER: 10,
  JSON: 12,
  UUID: 14,
} as const
const MICROS = 2
export const REPETITION = { REQUIRED: 0, OPTIONAL: 1, REPEATED: 2 } as const

/** Writes the schema: a root, and the columns. They have no field ids: a lake that takes files over refuses such. */
export function writeSchema(out: ThriftWriter, field: number, columns: readonly ParquetColumn[]): void {
  const elements = columns.reduce((sum, { type }) => sum + (type.kind === 'list' ? 3 : 1), 0)
  out.list(field, THRIFT.STRUCT, elements + 1)
  out.begin()
  out.binary(4, 'schema')
  out.i32(5, columns.length)
  out.end()
  for (const column of columns) {
    const { name, type } = leafOf(column)
    const repetition = column.isRequired ? REPETITION.REQUIRED : REPETITION.OPTIONAL
    if (column.type.kind === 'list') {
      writeList(out, name, repetition)
      writeLeaf(out, LIST_PATH[1], type, REPETITION.OPTIONAL)
    } else writeLeaf(out, name, type, repetition)
  }
}

/** Writes the two groups around the elements. https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
function writeList(out: ThriftWriter, name: string, repetition: number): void {
  out.begin()
  out.i32(3, repetition)
  out.binary(4, name)
  out.i32(5, 1)
  out.i32(6, CONVERTED.LIST)
  out.begin(10)
  out.empty(LOGICAL.LIST)
  out.end()
  out.end()
  out.begin()
  out.i32(3, REPETITION.REPEATED)
  out.binary(4, LIST_PATH[0])
  out.i32(5, 1)
  out.end()
}

function writeLeaf(out: ThriftWriter, name: string, type: FlatType, repetition: number): void {
  const physical = physicalOf(type)
  const converted = convertedType(type)
  out.begin()
  out.i32(1, physical.type)
  if (physical.type === PHYSICAL.FIXED) out.i32(2, physical.width)
  out.i32(3, repetition)
  out.binary(4, name)
  if (converted !== null) out.i32(6, converted)
  if (type.kind === 'decimal') {
    out.i32(7, type.scale)
    out.i32(8, type.precision)
  }
  writeLogicalType(out, 10, type)
  out.end()
}

function convertedType(type: FlatType): number | null {
  switch (type.kind) {
    case 'string':
      return CONVERTED.UTF8
    case 'json':
      return CONVERTED.JSON
    case 'decimal':
      return CONVERTED.DECIMAL
    case 'date':
      return CONVERTED.DATE
    case 'time':
      return CONVERTED.TIME_MICROS
    case 'timestamp':
      // The old type means UTC.
      return type.utc ? CONVERTED.TIMESTAMP_MICROS : null
    case 'int':
      return (type.signed ? CONVERTED.INT_8 : CONVERTED.UINT_8) + Math.log2(type.bits / 8)
    default:
      return null
  }
}

function writeLogicalType(out: ThriftWriter, field: number, type: FlatType): void {
  switch (type.kind) {
    case 'bool':
    case 'float':
    case 'double':
    case 'bytes':
      return
    default:
      out.begin(field)
      writeUnion(out, type)
      out.end()
  }
}

/** The logical types without parameters. */
const EMPTY: Partial<Readonly<Record<FlatType['kind'], number>>> = {
  date: LOGICAL.DATE,
  json: LOGICAL.JSON,
  uuid: LOGICAL.UUID,
}

function writeUnion(out: ThriftWriter, type: FlatType): void {
  switch (type.kind) {
    case 'decimal':
      out.begin(LOGICAL.DECIMAL)
      out.i32(1, type.scale)
      out.i32(2, type.precision)
      out.end()
      return
    case 'time':
    case 'timestamp':
      out.begin(type.kind === 'time' ? LOGICAL.TIME : LOGICAL.TIMESTAMP)
      out.bool(1, type.kind === 'timestamp' && type.utc)
      out.begin(2)
      out.empty(MICROS)
      out.end()
      out.end()
      return
    case 'int':
      out.begin(LOGICAL.INTEGER)
      out.i8(1, type.bits)
      out.bool(2, type.signed)
      out.end()
      return
    default:
      out.empty(EMPTY[type.kind] ?? LOGICAL.STRING)
  }
}
