import type { Geometry, WireForm } from '../../exact-column.ts'
import { Shapes } from '../../geometry/shapes.ts'
import { hasSrid, WkbWalk, withoutSrid } from '../../geometry/wkb.ts'
import type { Refusal } from '../value-error.ts'
import type { Values } from '../values.ts'
import { base64Reader } from './base64.ts'
import { bytesReader, copy } from './bytes.ts'
import { type Reader, refused } from './reader.ts'

const LENGTH_BYTES = 4
const SRID_BYTES = 4
/** Byte order and type. */
const HEAD_BYTES = 5
const LITTLE = 1
const SHOWN_BYTES = 50

/**
 * Reads geometries, writes them as WKB, and notes what they have in common.
 *
 * @returns null if no geometry has this wire form
 */
export function geometryReader(wire: WireForm, { srid }: Geometry): Reader | null {
  switch (wire) {
    case 'mysqlGeometry':
      return new MysqlGeometry(false, srid)
    case 'ewkb':
      return new ExtendedWkb(true, srid)
    case 'base64':
      return new EncodedWkb(false, srid)
    default:
      return null
  }
}

abstract class GeometryReader implements Reader {
  readonly isCopy = false
  // All values have one SRID.
  readonly isOneToOne = true
  readonly hasZeroDates = false
  readonly room = bytesReader.room
  #shapes = new Shapes()
  readonly #walk: WkbWalk
  /** Why `read` refused a value. */
  #refusal: Refusal | null = null

  readonly refusal: Reader['refusal'] = (source, start, end) =>
    this.#refusal === null
      ? base64Reader.refusal(source, start, end)
      : { ...this.#refusal, shown: `0x${this.bytesOf(source, start, end).toString('hex', 0, SHOWN_BYTES)}` }

  constructor(isExtended: boolean, srid: number | null = null) {
    this.#shapes.srid = srid
    this.#walk = new WkbWalk(isExtended)
  }

  read(values: Values, from: number, to: number, out: Buffer, view: DataView, first: number): number {
    const end = this.copy(values, from, to, out, view, first)
    if (end < 0) return end
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = (at + LENGTH_BYTES) | 0
      at = (start + view.getInt32(at, true)) | 0
      if (this.#walk.value(this.#shapes, out, view, start, at)) continue
      this.#refusal = this.#walk.problem
      return refused(k)
    }
    return end
  }

  takeShapes(): Shapes {
    const taken = this.#shapes
    this.#shapes = new Shapes()
    this.#shapes.srid = taken.srid
    return taken
  }

  /** Writes the values as `read` does, but they are WKB only after it has walked over them. */
  protected abstract copy(...parameters: Parameters<Reader['read']>): number

  /** The bytes that an error shows. */
  protected bytesOf(source: Buffer, start: number, end: number): Buffer {
    return source.subarray(start, end)
  }

  /** Whether a value has enough bytes, and the SRID of the values before it. */
  protected accepts(bytes: number, least: number, srid: number): boolean {
    const shapes = this.#shapes
    if (bytes < least) this.#refusal = tooShort(bytes)
    else if (shapes.srid !== null && shapes.srid !== srid) this.#refusal = otherSrid(srid, shapes.srid)
    else {
      shapes.srid = srid
      return true
    }
    return false
  }
}

/** MySQL's own form: the SRID, and then WKB. */
class MysqlGeometry extends GeometryReader {
  protected override copy(...[values, from, to, out, view, at]: Parameters<Reader['read']>): number {
    const { view: words, starts, ends } = values
    for (let k = from; k < to; k++) {
      const bytes = ends[k] - starts[k]
      const srid = bytes < SRID_BYTES ? 0 : words.getUint32(starts[k], true)
      if (!this.accepts(bytes, SRID_BYTES + HEAD_BYTES, srid)) return refused(k)
    }
    return copy(values, from, to, out, view, at, 0, SRID_BYTES)
  }
}

/** PostGIS's form: WKB with flags in the number of the type, and the SRID after it unless that is 0. */
class ExtendedWkb extends GeometryReader {
  protected override copy(...[values, from, to, out, view, first]: Parameters<Reader['read']>): number {
    const { source, view: words, starts, ends } = values
    let at = first
    for (let k = from; k < to; k++) {
      const start = starts[k]
      const bytes = ends[k] - start
      const isTagged = bytes >= SRID_BYTES + HEAD_BYTES && hasSrid(words, start)
      const isLittle = source[start] === LITTLE
      const srid = isTagged ? words.getUint32(start + HEAD_BYTES, isLittle) : 0
      if (!this.accepts(bytes, HEAD_BYTES, srid)) return refused(k)
      const place = at + LENGTH_BYTES
      at = copy(values, k, k + 1, out, view, at, 0, isTagged ? SRID_BYTES : 0)
      if (!isTagged) continue
      out[place] = source[start]
      view.setUint32(place + 1, withoutSrid(words.getUint32(start + 1, isLittle)), isLittle)
    }
    return at
  }
}

/** WKB in base64. */
class EncodedWkb extends GeometryReader {
  protected override copy(...parameters: Parameters<Reader['read']>): number {
    return base64Reader.read(...parameters)
  }

  protected override bytesOf(source: Buffer, start: number, end: number): Buffer {
    return Buffer.from(source.toString('latin1', start, end), 'base64')
  }
}

const tooShort = (bytes: number): Refusal => ({
  why: `has ${bytes} bytes, too few for a geometry`,
  hint: 'Repair the value, or filter its row out of the query.',
})

const otherSrid = (srid: number, earlier: number): Refusal => ({
  why: `has the SRID ${srid}, but the values before it have ${earlier}, and a column can have only one`,
  hint: 'Select one SRID in the query (WHERE ST_SRID(x) = ...), or write ST_AsText(x) AS x for the text.',
})
