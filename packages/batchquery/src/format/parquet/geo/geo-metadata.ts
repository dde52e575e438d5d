import type { Geometry } from '../../exact-column.ts'
import { Shapes } from '../../geometry/shapes.ts'
import type { ParquetColumn } from '../type.ts'
import { type Json, referenceSystem } from './reference-system.ts'

type Entry = readonly [key: string, value: string]

/** More bytes than 14 types and 6 numbers have in the entries of a column. */
const COLUMN_BYTES = 1024
/** The longest definition that `referenceSystem` makes. */
const SYSTEM_BYTES = 2048
const VERSION = '1.1.0'

/** Collects the metadata of the geometries of one file, in the form of GeoParquet. https://geoparquet.org/releases/v1.1.0/ */
export class GeoMetadata {
  readonly #columns: readonly {
    readonly name: string
    readonly geometry: Geometry
    readonly index: number
    readonly shapes: Shapes
  }[]

  constructor(columns: readonly ParquetColumn[]) {
    this.#columns = columns.flatMap(({ name, geometry }, index) =>
      geometry === undefined ? [] : [{ name, geometry, index, shapes: shapesOf(geometry) }],
    )
  }

  /** @param chunks of a row group of the file */
  addGroup(chunks: readonly { readonly shapes: Shapes | null }[]): void {
    for (const { index, shapes } of this.#columns) {
      const added = chunks[index].shapes
      if (added !== null) shapes.add(added)
    }
  }

  /** The most bytes that the entries have, whichever groups are added. */
  get mostBytes(): number {
    return this.#columns.reduce((sum, { name, geometry: { system = '' } }) => {
      const texts = JSON.stringify(name) + JSON.stringify(system)
      return sum + 4 * Buffer.byteLength(texts) + SYSTEM_BYTES + COLUMN_BYTES
    }, 0)
  }

  /** Empty if the file has no column of geometries. */
  get entries(): readonly Entry[] {
    const [first] = this.#columns
    if (first === undefined) return []
    const columns = this.#columns.map(({ name, geometry, shapes }) => [name, describe(geometry, shapes)])
    const geo = { version: VERSION, primary_column: first.name, columns: Object.fromEntries(columns) }
    return [
      ['geo', JSON.stringify(geo)],
      ...this.#columns.flatMap(({ name, geometry, shapes }) => own(name, geometry, shapes)),
    ]
  }
}

function shapesOf({ srid }: Geometry): Shapes {
  const shapes = new Shapes()
  shapes.srid = srid ?? null
  return shapes
}

/** Entries of our own, because GeoParquet has no place for an SRID without a definition. */
function own(name: string, { system }: Geometry, { srid }: Shapes): readonly Entry[] {
  if (srid !== null) return [[`batchquery.srid.${name}`, String(srid)]]
  return system === undefined ? [] : [[`batchquery.crs.${name}`, system]]
}

function describe({ system, isSpherical = false }: Geometry, shapes: Shapes): Json {
  const crs = system === undefined ? systemOf(shapes.srid) : systemNamed(system)
  const bbox = boxOf(shapes, isSpherical)
  return {
    encoding: 'WKB',
    geometry_types: shapes.types,
    ...(crs === undefined ? {} : { crs }),
    ...(isSpherical ? { edges: 'spherical' } : {}),
    ...(bbox === null ? {} : { bbox }),
  }
}

const systemOf = (srid: number | null) => (srid === null ? null : referenceSystem(srid))

const EPSG = /^EPSG:(\d+)$/i

/** `OGC:CRS84` is what GeoParquet means by nothing. */
function systemNamed(system: string): Json | undefined {
  if (system.toUpperCase() === 'OGC:CRS84') return undefined
  const code = EPSG.exec(system)?.[1]
  if (code !== undefined) return referenceSystem(Number(code))
  try {
    const parsed: Json = JSON.parse(system)
    return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null
  } catch {
    // It is WKT, or a name that only its database knows.
    return null
  }
}

/** The bounding box, or null if there is none: no value has coordinates, they are infinite, or an edge goes beyond its ends. */
function boxOf({ bounds, types }: Shapes, isSpherical: boolean): number[] | null {
  if (isSpherical && types.some(type => !/^(Multi)?Point/.test(type))) return null
  const [minX, minY, minZ, maxX, maxY, maxZ] = bounds
  const box = minZ <= maxZ ? [minX, minY, minZ, maxX, maxY, maxZ] : [minX, minY, maxX, maxY]
  return box.every(Number.isFinite) ? box : null
}
