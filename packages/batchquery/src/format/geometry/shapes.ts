/** The types of simple features, by their number in WKB. */
export const SHAPE_TYPES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
] as const

const LEAST = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
const GREATEST = LEAST.map(bound => -bound)

/** The SRID, the bounds, and the types of the geometries of a column. */
export class Shapes {
  /** The SRID of the values, or null if no value has shown one. */
  srid: number | null = null
  /** The least x, y and z, then the greatest. A coordinate that no value has is infinite, with the least above the greatest. */
  readonly bounds = new Float64Array([...LEAST, ...GREATEST])
  /** Bit t is set if there is a geometry of the type `SHAPE_TYPES[t]` with x and y, and bit 8 + t if there is one with z. */
  #types = 0

  /** @param type an index of `SHAPE_TYPES` */
  addType(type: number, hasZ: boolean): void {
    this.#types |= 1 << (hasZ ? type + 8 : type)
  }

  /** The types that the geometries have. Those with z end with " Z". */
  get types(): readonly string[] {
    const have = (shift: number) =>
      SHAPE_TYPES.filter((_, type) => (this.#types & (1 << (type + shift))) !== 0)
    return [...have(0), ...have(8).map(type => `${type} Z`)]
  }

  add(other: Shapes): void {
    this.srid = other.srid ?? this.srid
    this.#types |= other.#types
    for (let k = 0; k < 3; k++) {
      this.bounds[k] = Math.min(this.bounds[k], other.bounds[k])
      this.bounds[k + 3] = Math.max(this.bounds[k + 3], other.bounds[k + 3])
    }
  }
}
