import { SHAPE_TYPES, Shapes } from './shapes.ts'

/** Why bytes are not the WKB of a geometry that a file can have. */
export interface WkbProblem {
  /** Completes the sentence "the value ...". */
  readonly why: string
  readonly hint: string
}

const POINT = 1
const LINE_STRING = 2
const POLYGON = 3
const GEOMETRY_COLLECTION = 7
/** By the type of a collection, the type of its members. 0 if they may have any. */
const MEMBERS = [0, 0, 0, 0, POINT, LINE_STRING, POLYGON, 0]

// The flags of EWKB in the number of the type.
const HAS_Z = 0x8000_0000
const HAS_M = 0x4000_0000
const HAS_SRID = 0x2000_0000

/** Byte order and type. */
const HEAD_BYTES = 5
const COUNT_BYTES = 4
const NUMBER_BYTES = 8
/** No database makes geometries that are nested as deeply. */
const DEEPEST = 200
const FAILED = -1

/**
 * Reads the WKB of geometries and notes what they have in common. Makes no object for a value.
 * https://www.ogc.org/standards/sfa, and for EWKB https://libgeos.org/specifications/wkb/
 */
export class WkbWalk {
  /** The values are EWKB without the SRID at its head, which `value` turns into ISO's WKB in place. */
  readonly #isExtended: boolean
  #shapes = new Shapes()
  #bytes: Uint8Array = new Uint8Array()
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end = 0
  /** What is wrong with the value that `value` refused. */
  problem: WkbProblem = notWkb('is empty')

  constructor(isExtended: boolean) {
    this.#isExtended = isExtended
  }

  /** Reads one value into the shapes. Returns false and sets `problem` if it is not WKB, or has what no file can have. */
  value(shapes: Shapes, bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    this.#shapes = shapes
    this.#bytes = bytes
    this.#view = view
    this.#end = end
    const at = this.#geometry(start, 0, 0)
    if (at === FAILED) return false
    if (at === end) return true
    this.#fail(`has ${end - at} more bytes after the end of its geometry`)
    return false
  }

  /**
   * @param wanted the type that it must have. 0 if it may have any
   * @returns the end of the geometry that begins at `at`, or FAILED
   */
  #geometry(at: number, wanted: number, depth: number): number {
    if (at + HEAD_BYTES > this.#end) return this.#tooShort()
    const order = this.#bytes[at]
    if (order > 1) return this.#fail(`has the byte order ${order}, but WKB has only 0 and 1`)
    if (depth > DEEPEST) return this.#fail(`is nested more than ${DEEPEST} times`)
    const isLittle = order === 1
    const number = this.#typeAt(at + 1, isLittle)
    const dimensions = Math.floor(number / 1000)
    const type = number % 1000
    if (type < POINT || type > GEOMETRY_COLLECTION || dimensions > 3) return this.#unknown(number)
    if (dimensions > 1) return this.#measured()
    if (wanted !== 0 && type !== wanted)
      return this.#fail(`has a ${SHAPE_TYPES[type - 1]} in a collection of ${SHAPE_TYPES[wanted - 1]}`)
    if (depth === 0) this.#shapes.addType(type - 1, dimensions === 1)
    const first = at + HEAD_BYTES
    if (type === POINT) return this.#positions(first, 1, dimensions === 1, isLittle)
    if (type === LINE_STRING) return this.#line(first, dimensions === 1, isLittle)
    return this.#parts(first, type, dimensions === 1, isLittle, depth)
  }

  /** The number of ISO's type, which it writes if the value is EWKB. */
  #typeAt(at: number, isLittle: boolean): number {
    const number = this.#view.getUint32(at, isLittle)
    if (!this.#isExtended) return number
    // A member with an SRID of its own keeps the flag, so it is of an unknown type.
    const dimensions = ((number & HAS_Z) !== 0 ? 1000 : 0) + ((number & HAS_M) !== 0 ? 2000 : 0)
    const iso = (number & ~(HAS_Z | HAS_M)) + dimensions
    this.#view.setUint32(at, iso, isLittle)
    return iso
  }

  /** The rings of a polygon, or the members of a collection. */
  #parts(first: number, type: number, hasZ: boolean, isLittle: boolean, depth: number): number {
    if (first + COUNT_BYTES > this.#end) return this.#tooShort()
    const count = this.#view.getUint32(first, isLittle)
    let at = first + COUNT_BYTES
    // Each part has bytes, so a count that is too high ends with the value.
    for (let k = 0; k < count && at !== FAILED; k++)
      at = type === POLYGON ? this.#line(at, hasZ, isLittle) : this.#geometry(at, MEMBERS[type], depth + 1)
    return at
  }

  #line(at: number, hasZ: boolean, isLittle: boolean): number {
    if (at + COUNT_BYTES > this.#end) return this.#tooShort()
    return this.#positions(at + COUNT_BYTES, this.#view.getUint32(at, isLittle), hasZ, isLittle)
  }

  /** The coordinates of an empty point are NaN, which no comparison takes. */
  #positions(first: number, count: number, hasZ: boolean, isLittle: boolean): number {
    const width = hasZ ? 3 * NUMBER_BYTES : 2 * NUMBER_BYTES
    const end = first + count * width
    if (end > this.#end) return this.#tooShort()
    const view = this.#view
    const { bounds } = this.#shapes
    let [minX, minY, maxX, maxY] = [bounds[0], bounds[1], bounds[3], bounds[4]]
    for (let at = first; at < end; at += width) {
      const x = view.getFloat64(at, isLittle)
      const y = view.getFloat64(at + NUMBER_BYTES, isLittle)
      if (x < minX) minX = x
      if (x > maxX) maxX = x
      if (y < minY) minY = y
      if (y > maxY) maxY = y
    }
    bounds[0] = minX
    bounds[1] = minY
    bounds[3] = maxX
    bounds[4] = maxY
    if (hasZ) this.#heights(first + 2 * NUMBER_BYTES, end, width, isLittle)
    return end
  }

  #heights(first: number, end: number, width: number, isLittle: boolean): void {
    const { bounds } = this.#shapes
    for (let at = first; at < end; at += width) {
      const z = this.#view.getFloat64(at, isLittle)
      if (z < bounds[2]) bounds[2] = z
      if (z > bounds[5]) bounds[5] = z
    }
  }

  #tooShort(): number {
    return this.#fail('ends before the end of its geometry')
  }

  #unknown(number: number): number {
    this.problem = {
      why: `has a geometry of the type ${number} of WKB, but GeoParquet has only ${SHAPE_TYPES.join(', ')}`,
      hint: 'Write ST_CurveToLine(x) AS x in the query, or ST_AsText(x) AS x for the text.',
    }
    return FAILED
  }

  #measured(): number {
    this.problem = {
      why: 'has a measure (M), but GeoParquet has only X, Y and Z',
      hint: 'Write ST_Force3DZ(x) AS x or ST_Force2D(x) AS x in the query, or ST_AsText(x) AS x for the text.',
    }
    return FAILED
  }

  #fail(why: string): number {
    this.problem = notWkb(why)
    return FAILED
  }
}

const notWkb = (why: string): WkbProblem => ({
  why: `${why}, so it is not WKB`,
  hint: 'Repair the value, or filter its row out of the query.',
})

/** Whether a value that begins with byte order and type is EWKB with an SRID, which comes after them. */
export const hasSrid = (view: DataView, start: number): boolean =>
  (view.getUint32(start + 1, view.getUint8(start) === 1) & HAS_SRID) !== 0

/** @param type the number of the type in EWKB */
export const withoutSrid = (type: number): number => (type & ~HAS_SRID) >>> 0
