import type { Order } from './type.ts'

/** The smallest and the largest of the values that a page or a chunk has, as Parquet's statistics have them. */
export interface Bound {
  readonly min: Buffer
  readonly max: Buffer
  readonly isMinExact: boolean
  /** False if `max` is only no smaller than any value. */
  readonly isMaxExact: boolean
}

/** Collects the bounds of the open page from values in their PLAIN form. */
export interface Bounds {
  update(bytes: Buffer, view: DataView, from: number, to: number): void
  /** The bounds, or null if there are none; begins a new page. */
  take(): Bound | null
}

/** Compares two bounds of a column as its values compare. */
export function compareBounds(order: Order, a: Buffer, b: Buffer): number {
  switch (order) {
    case 'int32':
      return a.readInt32LE() - b.readInt32LE()
    case 'uint32':
      return a.readUInt32LE() - b.readUInt32LE()
    case 'int64':
      return a.readInt32LE(4) - b.readInt32LE(4) || a.readUInt32LE() - b.readUInt32LE()
    case 'uint64':
      return a.readUInt32LE(4) - b.readUInt32LE(4) || a.readUInt32LE() - b.readUInt32LE()
    case 'float':
      return a.readFloatLE() - b.readFloatLE() || 0
    case 'double':
      return a.readDoubleLE() - b.readDoubleLE() || 0
    case 'fixed':
      return a.readInt8() - b.readInt8() || Buffer.compare(a, b)
    default:
      return Buffer.compare(a, b)
  }
}

/** The bounds of all pages together, or null if a page with values has none. */
export function boundsOfAll(order: Order, bounds: readonly Bound[]): Bound | null {
  let all: Bound | null = null
  for (const bound of bounds) all = all === null ? bound : wider(order, all, bound)
  return all
}

function wider(order: Order, a: Bound, b: Bound): Bound {
  const low = compareBounds(order, a.min, b.min) || Number(b.isMinExact) - Number(a.isMinExact)
  const high = compareBounds(order, b.max, a.max) || Number(b.isMaxExact) - Number(a.isMaxExact)
  const [lower, higher] = [low <= 0 ? a : b, high <= 0 ? a : b]
  return { min: lower.min, isMinExact: lower.isMinExact, max: higher.max, isMaxExact: higher.isMaxExact }
}
