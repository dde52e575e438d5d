import { type Bound, compareBounds } from './bounds.ts'
import type { ColumnChunk } from './column-chunk.ts'
import { THRIFT, type ThriftWriter } from './thrift.ts'
import type { Order } from './type.ts'

const BOUNDARY_ORDER = { UNORDERED: 0, ASCENDING: 1, DESCENDING: 2 } as const
const NO_BYTES = Buffer.alloc(0)

/** Writes the offset index of a chunk: the place and the first row of each page. */
export function writeOffsetIndex(out: ThriftWriter, { pages, dictionary }: ColumnChunk, start: number): void {
  let offset = start + dictionary.bytes
  let row = 0
  out.begin()
  out.list(1, THRIFT.STRUCT, pages.length)
  for (const { bytes, rows } of pages) {
    out.begin()
    out.i64(1, offset)
    out.i32(2, bytes)
    out.i64(3, row)
    out.end()
    offset += bytes
    row += rows
  }
  out.end()
}

/** Writes what the pages of a chunk may contain. The chunk must have bounds for each page with values. */
export function writeColumnIndex(out: ThriftWriter, { pages, order }: ColumnChunk): void {
  out.begin()
  out.list(1, THRIFT.TRUE, pages.length)
  for (const { bound } of pages) out.byte(bound === null ? THRIFT.TRUE : THRIFT.FALSE)
  out.list(2, THRIFT.BINARY, pages.length)
  for (const { bound } of pages) out.bytes(bound?.min ?? NO_BYTES)
  out.list(3, THRIFT.BINARY, pages.length)
  for (const { bound } of pages) out.bytes(bound?.max ?? NO_BYTES)
  const bounds = pages.flatMap(({ bound }) => (bound === null ? [] : [bound]))
  out.i32(4, boundaryOrder(order, bounds))
  out.list(5, THRIFT.I64, pages.length)
  for (const { nulls } of pages) out.integer(nulls)
  out.end()
}

/** Pages that are all NULL do not count. */
function boundaryOrder(order: Order, bounds: readonly Bound[]): number {
  let isAscending = true
  let isDescending = true
  for (let k = 1; k < bounds.length; k++) {
    const low = compareBounds(order, bounds[k - 1].min, bounds[k].min)
    const high = compareBounds(order, bounds[k - 1].max, bounds[k].max)
    isAscending &&= low <= 0 && high <= 0
    isDescending &&= low >= 0 && high >= 0
  }
  if (isAscending) return BOUNDARY_ORDER.ASCENDING
  return isDescending ? BOUNDARY_ORDER.DESCENDING : BOUNDARY_ORDER.UNORDERED
}
