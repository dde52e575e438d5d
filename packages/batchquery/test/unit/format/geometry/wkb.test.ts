import { describe, expect, test } from 'vitest'
import { Shapes } from '../../../../src/format/geometry/shapes.ts'
import { WkbWalk } from '../../../../src/format/geometry/wkb.ts'
import { cases } from '../../../setup/chance.ts'
import { Random } from '../parquet/random.ts'
import { boxOf, randomGeometry } from './random-geometry.ts'

const POINT = Buffer.from('0101000000000000000000f03f0000000000000040', 'hex')

/** What is wrong with the value, or null. */
function walk(value: Buffer, shapes = new Shapes(), isExtended = false): string | null {
  // Other bytes are before and after the value.
  const bytes = Buffer.concat([Buffer.alloc(7, 0x01), value, Buffer.alloc(9, 0x01)])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const walk = new WkbWalk(isExtended)
  const isTaken = walk.value(shapes, bytes, view, 7, 7 + value.length)
  bytes.copy(value, 0, 7)
  return isTaken ? null : walk.problem.why
}

const boundsOf = ({ bounds }: Shapes, axes: number): number[] | null =>
  bounds[0] > bounds[3] ? null : [...bounds.subarray(0, axes), ...bounds.subarray(3, 3 + axes)]

test('the walk finds type and bounds of random geometries', () => {
  const random = new Random()
  for (let k = 0; k < cases(3000); k++) {
    const geometry = randomGeometry(random)
    const shapes = new Shapes()
    expect(walk(geometry.wkb, shapes)).toBe(null)
    expect(shapes.types).toEqual([geometry.type])
    expect(boundsOf(shapes, geometry.type.endsWith('Z') ? 3 : 2)).toEqual(boxOf([geometry]))
  }
})

test('the walk makes WKB of EWKB whose SRID is gone', () => {
  const random = new Random()
  for (let k = 0; k < cases(1000); k++) {
    const geometry = randomGeometry(random)
    const value = geometry.ewkb(0)
    expect(walk(value, new Shapes(), true)).toBe(null)
    expect(value).toEqual(geometry.wkb)
  }
})

test('the walk refuses a geometry that is cut anywhere, or goes on after its end', () => {
  const random = new Random()
  for (let k = 0; k < cases(60); k++) {
    const { wkb } = randomGeometry(random)
    for (let end = 0; end < wkb.length; end++)
      expect(walk(Buffer.from(wkb.subarray(0, end)))).toMatch(/^ends before the end of its geometry/)
    expect(walk(Buffer.concat([wkb, Buffer.of(0)]))).toMatch(/^has 1 more bytes after/)
  }
})

test('the walk never fails with another error when bytes are random', () => {
  const random = new Random()
  for (let k = 0; k < cases(20_000); k++) {
    const { wkb } = randomGeometry(random)
    for (let n = random.integer(1, 3); n > 0; n--)
      wkb[random.integer(0, Math.min(wkb.length - 1, 20))] = random.integer(0, 255)
    walk(wkb, new Shapes(), random.chance(0.5))
  }
})

describe('the walk refuses', () => {
  const typed = (type: number) => {
    const value = Buffer.from(POINT)
    value.writeUInt32LE(type, 1)
    return value
  }
  const collection = (type: number, member: Buffer) => {
    const head = Buffer.from('010000000001000000', 'hex')
    head.writeUInt32LE(type, 1)
    return Buffer.concat([head, member])
  }
  test.each([
    [
      'a byte order that does not exist',
      Buffer.concat([Buffer.of(2), POINT.subarray(1)]),
      'has the byte order 2',
    ],
    ['type 0', typed(0), 'of the type 0 of WKB'],
    ['a circular string', typed(8), 'of the type 8 of WKB'],
    ['a triangle', typed(17), 'of the type 17 of WKB'],
    ['dimensions that do not exist', typed(4001), 'of the type 4001 of WKB'],
    ['a measure', typed(2001), 'has a measure (M)'],
    ['z and a measure', typed(3001), 'has a measure (M)'],
    ['a measure inside of a collection', collection(7, typed(2001)), 'has a measure (M)'],
    ['a member of another type', collection(5, POINT), 'has a Point in a collection of LineString'],
    ['too many members', collection(6, Buffer.alloc(0)), 'ends before the end'],
    ['the flags of EWKB', typed(0x2000_0001), 'of the type 536870913 of WKB'],
  ])('%s', (_, value, problem) => {
    expect(walk(value)).toContain(problem)
  })

  test('a geometry that is nested too deeply', () => {
    const nested = (levels: number) => {
      let value: Buffer = POINT
      for (let k = 0; k < levels; k++) value = collection(7, value)
      return value
    }
    expect(walk(nested(200))).toBe(null)
    expect(walk(nested(201))).toContain('is nested more than 200 times')
  })

  test('a member of EWKB that has an SRID of its own', () => {
    expect(walk(collection(7, typed(0x2000_0001)), new Shapes(), true)).toContain('of the type 536870913')
  })

  test('a measure of EWKB', () => {
    expect(walk(typed(0x4000_0001), new Shapes(), true)).toContain('has a measure (M)')
  })
})

test('shapes of two groups become those of both', () => {
  const random = new Random()
  const samples = [1, 2].map(() => Array.from({ length: 20 }, () => randomGeometry(random, { hasZ: false })))
  const [first, second] = samples.map(geometries => {
    const shapes = new Shapes()
    for (const { wkb } of geometries) walk(wkb, shapes)
    return shapes
  })
  first.add(second)
  expect(boundsOf(first, 2)).toEqual(boxOf(samples.flat()))
  expect(first.types).toEqual(expect.arrayContaining(samples.flat().map(({ type }) => type)))
})
