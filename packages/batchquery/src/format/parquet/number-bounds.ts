import type { Bound, Bounds } from './bounds.ts'
import { ByteBounds } from './byte-bounds.ts'
import type { Order } from './type.ts'

const exact = (min: Buffer, max: Buffer): Bound => ({ min, max, isMinExact: true, isMaxExact: true })

class Bounds32 implements Bounds {
  /** Flips the highest bit of unsigned numbers, so that they compare as signed ones. */
  readonly #flip: number
  #isEmpty = true
  #min = 0
  #max = 0

  constructor(isSigned: boolean) {
    this.#flip = isSigned ? 0 : 0x80000000 | 0
  }

  update(_bytes: Buffer, view: DataView, from: number, to: number): void {
    if (from >= to) return
    const flip = this.#flip
    let min = this.#isEmpty ? 0x7fffffff : this.#min
    let max = this.#isEmpty ? -0x80000000 : this.#max
    for (let at = from | 0; at < to; at = (at + 4) | 0) {
      const value = view.getInt32(at, true) ^ flip
      if (value < min) min = value
      if (value > max) max = value
    }
    this.#min = min
    this.#max = max
    this.#isEmpty = false
  }

  take(): Bound | null {
    if (this.#isEmpty) return null
    this.#isEmpty = true
    const min = Buffer.allocUnsafe(4)
    const max = Buffer.allocUnsafe(4)
    min.writeInt32LE(this.#min ^ this.#flip)
    max.writeInt32LE(this.#max ^ this.#flip)
    return exact(min, max)
  }
}

class Bounds64 implements Bounds {
  readonly #flip: number
  #isEmpty = true
  #minHigh = 0
  #minLow = 0
  #maxHigh = 0
  #maxLow = 0

  constructor(isSigned: boolean) {
    this.#flip = isSigned ? 0 : 0x80000000 | 0
  }

  update(_bytes: Buffer, view: DataView, from: number, to: number): void {
    if (from >= to) return
    const flip = this.#flip
    if (this.#isEmpty) {
      this.#minHigh = this.#maxHigh = view.getInt32(from + 4, true) ^ flip
      this.#minLow = this.#maxLow = view.getUint32(from, true)
      this.#isEmpty = false
    }
    let minHigh = this.#minHigh
    let minLow = this.#minLow
    let maxHigh = this.#maxHigh
    let maxLow = this.#maxLow
    for (let at = from | 0; at < to; at = (at + 8) | 0) {
      const high = view.getInt32(at + 4, true) ^ flip
      if (high > minHigh && high < maxHigh) continue
      const low = view.getUint32(at, true)
      if (high < minHigh || (high === minHigh && low < minLow)) {
        minHigh = high
        minLow = low
      }
      if (high > maxHigh || (high === maxHigh && low > maxLow)) {
        maxHigh = high
        maxLow = low
      }
    }
    this.#minHigh = minHigh
    this.#minLow = minLow
    this.#maxHigh = maxHigh
    this.#maxLow = maxLow
  }

  take(): Bound | null {
    if (this.#isEmpty) return null
    this.#isEmpty = true
    return exact(this.#bytes(this.#minHigh, this.#minLow), this.#bytes(this.#maxHigh, this.#maxLow))
  }

  #bytes(high: number, low: number): Buffer {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeUInt32LE(low)
    bytes.writeInt32LE(high ^ this.#flip, 4)
    return bytes
  }
}

/**
 * Values with a NaN among them have no bounds. DuckDB and Spark order NaN above all numbers, so a maximum without it would
 * hide it from `x > 5`. A zero counts as -0 in the minimum and as +0 in the maximum, because readers may not know the two
 * apart.
 */
class FloatBounds implements Bounds {
  readonly #width: 4 | 8
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #hasNaN = false

  constructor(width: 4 | 8) {
    this.#width = width
  }

  update(_bytes: Buffer, view: DataView, from: number, to: number): void {
    const width = this.#width | 0
    let min = this.#min
    let max = this.#max
    let hasNaN = this.#hasNaN
    for (let at = from | 0; at < to; at = (at + width) | 0) {
      const value = width === 8 ? view.getFloat64(at, true) : view.getFloat32(at, true)
      if (value < min) min = value
      if (value > max) max = value
      if (Number.isNaN(value)) hasNaN = true
    }
    this.#min = min
    this.#max = max
    this.#hasNaN = hasNaN
  }

  take(): Bound | null {
    const min = this.#min
    const max = this.#max
    const hasBounds = min <= max && !this.#hasNaN
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
    this.#hasNaN = false
    return hasBounds ? exact(this.#bytes(min === 0 ? -0 : min), this.#bytes(max === 0 ? 0 : max)) : null
  }

  #bytes(value: number): Buffer {
    const bytes = Buffer.allocUnsafe(this.#width)
    if (this.#width === 8) bytes.writeDoubleLE(value)
    else bytes.writeFloatLE(value)
    return bytes
  }
}

class BooleanBounds implements Bounds {
  #hasFalse = false
  #hasTrue = false

  update(bytes: Buffer, _view: DataView, from: number, to: number): void {
    for (let at = from; at < to && !(this.#hasFalse && this.#hasTrue); at++) {
      if (bytes[at] === 0) this.#hasFalse = true
      else this.#hasTrue = true
    }
  }

  take(): Bound | null {
    const bound =
      this.#hasFalse || this.#hasTrue
        ? exact(Buffer.of(this.#hasFalse ? 0 : 1), Buffer.of(this.#hasTrue ? 1 : 0))
        : null
    this.#hasFalse = false
    this.#hasTrue = false
    return bound
  }
}

const FIXED_BYTES = 16

/** Big-endian numbers of 16 bytes. */
class FixedBounds implements Bounds {
  readonly #compare: typeof compareSigned
  readonly #min = Buffer.alloc(FIXED_BYTES)
  readonly #max = Buffer.alloc(FIXED_BYTES)
  #isEmpty = true

  constructor(isSigned: boolean) {
    this.#compare = isSigned ? compareSigned : compareUnsigned
  }

  update(bytes: Buffer, view: DataView, from: number, to: number): void {
    if (from >= to) return
    const compareFixed = this.#compare
    const [min, max] = [viewOf(this.#min), viewOf(this.#max)]
    // A bound is copied only at the end, because each value of an ascending column is the maximum so far.
    let least = this.#isEmpty || compareFixed(view, from, min, 0) < 0 ? from : -1
    let most = this.#isEmpty || compareFixed(view, from, max, 0) > 0 ? from : -1
    for (let at = from + FIXED_BYTES; at < to; at += FIXED_BYTES) {
      if (compareFixed(view, at, least < 0 ? min : view, Math.max(least, 0)) < 0) least = at
      if (compareFixed(view, at, most < 0 ? max : view, Math.max(most, 0)) > 0) most = at
    }
    if (least >= 0) bytes.copy(this.#min, 0, least, least + FIXED_BYTES)
    if (most >= 0) bytes.copy(this.#max, 0, most, most + FIXED_BYTES)
    this.#isEmpty = false
  }

  take(): Bound | null {
    if (this.#isEmpty) return null
    this.#isEmpty = true
    return exact(Buffer.from(this.#min), Buffer.from(this.#max))
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const compareSigned = (a: DataView, aStart: number, b: DataView, bStart: number): number =>
  a.getInt32(aStart) - b.getInt32(bStart) || compareUnsigned(a, aStart, b, bStart)

function compareUnsigned(a: DataView, aStart: number, b: DataView, bStart: number): number {
  for (let p = 0; p < FIXED_BYTES; p += 4) {
    const difference = a.getUint32(aStart + p) - b.getUint32(bStart + p)
    if (difference !== 0) return difference
  }
  return 0
}

/** Makes the collector of bounds for values with this order. */
export function boundsFor(order: Order): Bounds {
  switch (order) {
    case 'boolean':
      return new BooleanBounds()
    case 'int32':
    case 'uint32':
      return new Bounds32(order === 'int32')
    case 'int64':
    case 'uint64':
      return new Bounds64(order === 'int64')
    case 'float':
      return new FloatBounds(4)
    case 'double':
      return new FloatBounds(8)
    case 'fixed':
    case 'uuid':
      return new FixedBounds(order === 'fixed')
    case 'utf8':
    case 'bytes':
      return new ByteBounds(order === 'utf8')
  }
}
