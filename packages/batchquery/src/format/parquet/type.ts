/** The type of a column in the file: its logical type, from which the physical type follows. */
export type ParquetType =
  | { readonly kind: 'bool' | 'float' | 'double' | 'date' | 'string' | 'json' | 'bytes' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  /** Precision 1 to 38. INT32 up to 9 digits, INT64 up to 18, otherwise 16 bytes, big-endian. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Microseconds since 1970, of UTC or of an unnamed local clock. */
  | { readonly kind: 'timestamp'; readonly utc: boolean }

/**
 * How the server writes a value. `text` is the form of MySQL's text protocol and of PostgreSQL's COPY text after the
 * escapes are gone. `raw` is the bytes themselves. The others are PostgreSQL's binary forms.
 */
export type WireForm =
  | 'text'
  | 'raw'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'float4'
  | 'float8'
  | 'boolean'
  | 'numeric'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'jsonb'

export interface ParquetColumn {
  readonly name: string
  readonly type: ParquetType
  readonly wire: WireForm
  /**
   * For a UTC timestamp whose text has no offset: how many seconds a local clock is ahead of UTC when it shows
   * `localSeconds` since 1970. NaN if the clock shows that time twice or never. Without it, such a text is UTC.
   */
  readonly offsetAt?: (localSeconds: number) => number
}

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

export function physicalOf(type: ParquetType): Physical {
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
    case 'timestamp':
      return { type: PHYSICAL.INT64, width: 8, order: 'int64' }
    case 'bytes':
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: 'bytes' }
    default:
      return { type: PHYSICAL.BYTE_ARRAY, width: 0, order: 'utf8' }
  }
}
