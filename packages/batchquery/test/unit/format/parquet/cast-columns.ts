import { expect } from 'vitest'
import type { FlatType } from '../../../../src/format/index.ts'
import { readerFor } from '../../../../src/format/parquet/readers/reader-for.ts'
import { type ColumnType, readPlain } from './read-values.ts'

export const STRING: FlatType = { kind: 'string' }
export const JSON_TYPE: FlatType = { kind: 'json' }
export const BYTES: FlatType = { kind: 'bytes' }
export const DOUBLE: FlatType = { kind: 'double' }
export const FLOAT: FlatType = { kind: 'float' }
export const DATE: FlatType = { kind: 'date' }
export const LOCAL: FlatType = { kind: 'timestamp', utc: false }
export const UTC: FlatType = { kind: 'timestamp', utc: true }
export const INT32: FlatType = { kind: 'int', bits: 32, signed: true }
export const INT64: FlatType = { kind: 'int', bits: 64, signed: true }
export const UINT64: FlatType = { kind: 'int', bits: 64, signed: false }
export const BIG_DECIMAL: FlatType = { kind: 'decimal', precision: 38, scale: 10 }

/** A column that TYPES asks to be another type. */
export const cast = (
  type: FlatType,
  source: FlatType = STRING,
  more: Partial<ColumnType> = {},
): ColumnType => ({
  type,
  source,
  wire: 'text',
  ...more,
})
/** Whether the reader takes the one value. */
export const takes = (column: ColumnType, text: string | Buffer): boolean =>
  typeof readPlain(column, [text]) !== 'number'

/** Why the reader refuses a value. */
export function refusalOf(column: ColumnType, text: string | Buffer) {
  const source = typeof text === 'string' ? Buffer.from(text) : text
  expect(readPlain(column, [source]), source.toString()).toBe(0)
  return readerFor({ name: 'c', ...column }).refusal(source, 0, source.length)
}
