import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinaryLayout, readBinaryPlaces } from '../../../../src/database/mysql/binary-rows.ts'
import { RowInPieces } from '../../../../src/database/mysql/row-in-pieces.ts'
import type { Encoder } from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'

/** Protocol types, and the width of a value. */
const TYPES = [
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 8],
  [8, 8],
  [10, null],
  [11, null],
  [253, null],
] as const

type Value = Buffer | null

/** A row in the binary protocol, as its specification says. */
function rowOf(values: readonly Value[], widths: readonly (number | null)[]): Buffer {
  const head = Buffer.alloc(1 + ((values.length + 9) >> 3))
  for (const [column, value] of values.entries())
    if (value === null) head[1 + ((column + 2) >> 3)] |= 1 << ((column + 2) & 7)
  const body = values.map((value, column) => {
    if (value === null) return Buffer.alloc(0)
    return widths[column] === null ? Buffer.concat([lengthOf(value), value]) : value
  })
  return Buffer.concat([head, ...body])
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0xfb) return Buffer.of(length)
  return Buffer.of(0xfc, length & 0xff, length >> 8)
}

/** Keeps the values, and refuses each call once or more before it takes it. */
class Refusing implements Encoder {
  readonly values: Value[] = []
  /** How many pieces each value came in. */
  readonly pieces: number[] = []
  readonly partStart = new Uint8Array()
  readonly mostRowBytes = -1
  readonly mostPieceBytes = 50
  readonly inline = null
  readonly invalidDates = []
  ended = false
  #open: Buffer[] = []
  #calls = 0
  readonly #every: number

  constructor(every: number) {
    this.#every = every
  }

  get #refuses(): boolean {
    this.#calls++
    return this.#every > 0 && this.#calls % this.#every === 0
  }

  rows(): number {
    return 0
  }

  startRow(): boolean {
    return !this.#refuses
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    if (this.#refuses) return false
    this.#open.push(Buffer.from(source.subarray(start, end)))
    if (rest !== 0) return true
    this.values.push(Buffer.concat(this.#open))
    this.pieces.push(this.#open.length)
    this.#open = []
    return true
  }

  nullValue(): boolean {
    if (this.#refuses) return false
    this.values.push(null)
    this.pieces.push(1)
    return true
  }

  endRow(): boolean {
    this.ended = !this.#refuses
    return this.ended
  }

  async whenReady(): Promise<void> {}
  async endPart(): Promise<void> {}
  async finish(): Promise<void> {}
  discard(): void {}
}

const column = fc.constantFrom(...TYPES).chain(([type, width]) =>
  fc.record({
    type: fc.constant(type),
    width: fc.constant(width),
    value: fc.option(
      fc.uint8Array(
        width === null
          ? { maxLength: type === 253 ? 400 : 12, size: 'max' }
          : { minLength: width, maxLength: width },
      ),
      { freq: 3 },
    ),
  }),
)
const row = fc.array(column, { minLength: 1, maxLength: 40 }).map(columns => ({
  layout: new BinaryLayout(columns),
  types: columns.map(({ type }) => type),
  values: columns.map(({ value }): Value => (value === null ? null : Buffer.from(value))),
  widths: columns.map(({ width }) => width),
}))

test('a row in pieces has the values of the row, in any slices and with any refusals', () => {
  const slices = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      row,
      slices,
      fc.integer({ min: 0, max: 5 }),
      ({ layout, types, values, widths }, sizes, every) => {
        const encoder = new Refusing(every === 1 ? 2 : every)
        const pieces = new RowInPieces(encoder, values.length, layout)
        const bytes = rowOf(values, widths)
        while (!pieces.start(bytes.length));
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const slice = Buffer.from(bytes.subarray(at, at + sizes[turn % sizes.length]))
          for (let from = 0; from < slice.length; ) from = pieces.feed(slice, from, slice.length)
          at += slice.length
        }
        while (!pieces.end());
        expect(encoder.values).toEqual(values)
        for (const [index, type] of types.entries()) if (type !== 253) expect(encoder.pieces[index]).toBe(1)
      },
    ),
    { numRuns: cases(300) },
  )
})

test('the places of a whole row are its values, and a row of another length is refused', () => {
  fc.assert(
    fc.property(row, ({ layout, values, widths }) => {
      const bytes = rowOf(values, widths)
      const packet = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(9, 0xff)])
      const places = new Int32Array(2 * values.length + 1)
      readBinaryPlaces(layout, packet, 7, 7 + bytes.length, places, 1)
      const found = values.map((_, index): Value => {
        const [start, end] = [places[1 + 2 * index], places[2 + 2 * index]]
        return start < 0 ? null : Buffer.from(packet.subarray(start, end))
      })
      expect(found).toEqual(values)
      for (const wrong of [bytes.length - 1, bytes.length + 1])
        expect(() => readBinaryPlaces(layout, packet, 7, 7 + wrong, places, 1)).toThrow(
          expect.objectContaining({ code: 'DATABASE_LOST' }),
        )
    }),
    { numRuns: cases(200) },
  )
})

test.each([
  ['ends in its head', [0, 0], [3]],
  ['begins with another byte', [1, 0, 5], [1]],
  ['has a NULL as a length', [0, 0, 0xfb], [253]],
  ['ends before its last value', [0, 0, 1], [1, 1]],
  ['goes on after its last value', [0, 0, 1, 2], [1]],
])('a row in pieces that %s is refused', (_name, bytes, types) => {
  const pieces = new RowInPieces(
    new Refusing(0),
    types.length,
    new BinaryLayout(types.map(type => ({ type }))),
  )
  pieces.start(bytes.length)
  const read = (): void => {
    const source = Buffer.from(bytes)
    pieces.feed(source, 0, source.length)
    pieces.end()
  }
  expect(read).toThrow(expect.objectContaining({ code: 'DATABASE_LOST' }))
})
