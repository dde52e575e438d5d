import type { Random } from '../parquet/random.ts'

/** A geometry as its bytes, and what a file must say of it. */
export interface SampleGeometry {
  readonly wkb: Buffer
  /** The same as PostGIS sends it. */
  readonly ewkb: (srid: number) => Buffer
  readonly type: string
  /** [x, y] or [x, y, z] of every position. */
  readonly positions: readonly (readonly number[])[]
}

const NAMES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
]
const MOST_PARTS = 4

/** Numbers that sum up to a geometry: `head` is a type, which each form of WKB writes in its own way. */
type Word = { readonly head: number; readonly isLittle: boolean } | Buffer

interface Options {
  readonly hasZ?: boolean
  readonly isLittle?: boolean
  /** From 1 to 7. @default - any */
  readonly type?: number
}

/** A geometry of any type: empty, deeply nested, with or without z, of either byte order. */
export function randomGeometry(
  random: Random,
  { hasZ = random.chance(0.3), isLittle = random.chance(0.9), type = random.integer(1, 7) }: Options = {},
): SampleGeometry {
  const maker = new Maker(random, hasZ, isLittle)
  maker.geometry(type, 0)
  const { words, positions } = maker
  return {
    wkb: written(words, number => [number + (hasZ ? 1000 : 0), null]),
    ewkb: srid =>
      written(words, (number, isFirst) => {
        const flags = (hasZ ? 0x8000_0000 : 0) + (isFirst && srid !== 0 ? 0x2000_0000 : 0)
        return [number + flags, isFirst && srid !== 0 ? srid : null]
      }),
    type: `${NAMES[type - 1]}${hasZ ? ' Z' : ''}`,
    positions: positions.filter(position => !position.every(Number.isNaN)),
  }
}

class Maker {
  readonly words: Word[] = []
  readonly positions: number[][] = []
  readonly #random: Random
  readonly #hasZ: boolean
  readonly #isLittle: boolean

  constructor(random: Random, hasZ: boolean, isLittle: boolean) {
    this.#random = random
    this.#hasZ = hasZ
    this.#isLittle = isLittle
  }

  geometry(type: number, depth: number): void {
    this.words.push({ head: type, isLittle: this.#isLittle })
    const count = this.#random.chance(0.15) ? 0 : this.#random.integer(1, MOST_PARTS)
    if (type === 1) this.#position(this.#random.chance(0.1))
    else if (type === 2) this.#line(count === 0 ? 0 : count + 1, false)
    else this.#parts(type, count, depth)
  }

  #parts(type: number, count: number, depth: number): void {
    this.#count(count)
    for (let k = 0; k < count; k++) {
      if (type === 3) this.#line(this.#random.integer(4, 6), true)
      else this.geometry(type < 7 ? type - 3 : this.#random.integer(1, depth > 2 ? 6 : 7), depth + 1)
    }
  }

  #line(count: number, isRing: boolean): void {
    this.#count(count)
    const first = this.positions.length
    for (let k = 0; k < count; k++) {
      if (isRing && k === count - 1) this.#write(this.positions[first])
      else this.#position(false)
    }
  }

  #position(isEmpty: boolean): void {
    const number = () =>
      isEmpty ? Number.NaN : this.#random.pick([1, 1e-9, 1e12]) * (this.#random.fraction() - 0.5)
    this.#write(Array.from({ length: this.#hasZ ? 3 : 2 }, number))
  }

  #write(position: number[]): void {
    this.positions.push(position)
    const bytes = Buffer.alloc(8 * position.length)
    position.forEach((coordinate, k) => {
      if (this.#isLittle) bytes.writeDoubleLE(coordinate, 8 * k)
      else bytes.writeDoubleBE(coordinate, 8 * k)
    })
    this.words.push(bytes)
  }

  #count(count: number): void {
    this.words.push(uint32(count, this.#isLittle))
  }
}

function uint32(value: number, isLittle: boolean): Buffer {
  const bytes = Buffer.alloc(4)
  if (isLittle) bytes.writeUInt32LE(value)
  else bytes.writeUInt32BE(value)
  return bytes
}

type Head = (type: number, isFirst: boolean) => readonly [number: number, srid: number | null]

function written(words: readonly Word[], head: Head): Buffer {
  return Buffer.concat(
    words.flatMap((word, k) => {
      if (Buffer.isBuffer(word)) return [word]
      const [number, srid] = head(word.head, k === 0)
      const order = Buffer.of(word.isLittle ? 1 : 0)
      const tag = srid === null ? [] : [uint32(srid, word.isLittle)]
      return [order, uint32(number, word.isLittle), ...tag]
    }),
  )
}

/** The bounding box of geometries, as GeoParquet has it. Null if they have no positions. */
export function boxOf(geometries: readonly SampleGeometry[]): number[] | null {
  const positions = geometries.flatMap(({ positions }) => positions)
  if (positions.length === 0) return null
  const size = Math.max(...positions.map(({ length }) => length))
  const axes = Array.from({ length: size }, (_, k) => positions.flatMap(position => position.slice(k, k + 1)))
  return [...axes.map(axis => Math.min(...axis)), ...axes.map(axis => Math.max(...axis))]
}

/** MySQL's form. */
export const mysqlGeometry = (srid: number, wkb: Buffer): Buffer => Buffer.concat([uint32(srid, true), wkb])
