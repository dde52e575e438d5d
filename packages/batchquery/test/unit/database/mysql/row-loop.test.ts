import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PayloadConsumer } from '../../../../src/database/mysql/packet-reader.ts'
import { PacketReader } from '../../../../src/database/mysql/packet-reader.ts'
import { RowLoop } from '../../../../src/database/mysql/row-loop.ts'
import { PlaceLoop, readPlaces } from '../../../../src/database/mysql/row-places.ts'
import {
  BlockPool,
  csvForm,
  csvLayout,
  DEFAULT_TEXT_LAYOUT,
  encodeRow,
  RowEncoder,
  type RowForm,
  type TextLayout,
  type TypedColumn,
  textForm,
} from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'
import { columns, layouts, values } from '../../format/arbitraries.ts'

const BLOCK_BYTES = 64 * 1024
const PART_BYTES = 40_000

/** Takes rows by a loop, and the rows that the loop leaves one by one; counts how many went which way. */
class Rows implements PayloadConsumer {
  rows = 0
  oneByOne = 0
  readonly largestWhole = BLOCK_BYTES / 8
  readonly #written: Buffer[] = []
  readonly #encoder: RowEncoder
  readonly #places: Int32Array
  readonly #loop: RowLoop | PlaceLoop

  constructor(form: RowForm, isInline: boolean) {
    this.#encoder = new RowEncoder(form, false, {
      pool: new BlockPool(BLOCK_BYTES, 3),
      maxPartBytes: PART_BYTES,
      emit: block => {
        this.#written.push(Buffer.from(block.bytes))
        block.release()
      },
    })
    const columns = form.columns.length
    this.#places = new Int32Array(2 * columns)
    const { inline } = this.#encoder
    this.#loop =
      isInline && inline !== null
        ? new RowLoop(inline, this.largestWhole)
        : new PlaceLoop(this.#encoder, columns)
  }

  rowPackets(chunk: Buffer, start: number, sequence: number): number {
    const at = this.#loop.take(chunk, start, sequence)
    this.rows += this.#loop.taken
    return at
  }

  whole(bytes: Buffer, start: number, end: number): boolean {
    this.oneByOne++
    readPlaces(bytes, start, end, this.#places, 0, this.#places.length / 2)
    return this.#encoder.rows(bytes, this.#places, 1) === 1
  }

  startPieces(): never {
    throw new Error('no row is so large')
  }
  piece(): never {
    throw new Error('no row is so large')
  }
  endPieces(): never {
    throw new Error('no row is so large')
  }

  finish(): Buffer {
    void this.#encoder.finish()
    return Buffer.concat(this.#written)
  }
}

function lengthEncoded(value: Buffer | null): Buffer {
  if (value === null) return Buffer.of(0xfb)
  const { length } = value
  return Buffer.concat([
    length < 0xfb ? Buffer.of(length) : Buffer.of(0xfc, length & 0xff, length >> 8),
    value,
  ])
}

const packet = (payload: Buffer, sequence: number): Buffer =>
  Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence & 0xff), payload])

/** A table, and the offsets at which its packets are cut. */
const tables = fc.array(columns, { minLength: 1, maxLength: 5 }).chain(defined =>
  fc.record({
    defined: fc.constant(defined),
    rows: fc.array(fc.tuple(...defined.map(({ encoding }) => fc.option(values(encoding), { freq: 6 }))), {
      minLength: 1,
      maxLength: 40,
    }),
    chunkBytes: fc.integer({ min: 300, max: 5_000 }),
  }),
)

function read(
  form: RowForm,
  rows: readonly (readonly (Buffer | null)[])[],
  chunkBytes: number,
  isInline = true,
): Rows {
  const wire = Buffer.concat(
    rows.map((row, index) => packet(Buffer.concat(row.map(lengthEncoded)), index + 1)),
  )
  const taken = new Rows(form, isInline)
  const reader = new PacketReader(taken)
  for (let at = 0; at < wire.length; at += chunkBytes)
    reader.consume(Buffer.from(wire.subarray(at, at + chunkBytes)), 0)
  return taken
}

function expected(form: RowForm, rows: readonly (readonly (Buffer | null)[])[]): Buffer {
  const out = Buffer.alloc(1 << 20)
  let end = 0
  for (const row of rows) end = encodeRow(form, row, out, end)
  return out.subarray(0, end)
}

const FORMS = {
  TEXT: (defined: readonly TypedColumn[], layout: Partial<TextLayout>) =>
    textForm(defined, { ...DEFAULT_TEXT_LAYOUT, ...layout }),
  // CSV has few layouts: RowEncoder has no part in them
  CSV: (defined: readonly TypedColumn[]) => csvForm(defined, csvLayout({})),
}

test.each([
  ['TEXT', 'the fused loop', true],
  ['CSV', 'the fused loop', true],
  ['TEXT', 'the loop of places', false],
  ['CSV', 'the loop of places', false],
] as const)('%s has the bytes of its columns when rows go through %s', (format, _name, isInline) => {
  const property = fc.property(tables, layouts, ({ defined, rows, chunkBytes }, layout) => {
    const form = FORMS[format](defined, layout)
    const taken = read(form, rows, chunkBytes, isInline)
    expect(taken.finish().toString('latin1')).toBe(expected(form, rows).toString('latin1'))
    expect(taken.rows + taken.oneByOne).toBe(rows.length)
  })
  fc.assert(property, { numRuns: cases(1_000) })
})

const STRING: TypedColumn = {
  name: Buffer.from('a'),
  isLarge: false,
  kind: 'string',
  encoding: 'utf8',
  type: 'text',
}
const NUMBER: TypedColumn = { ...STRING, kind: 'number' }

test('the loop leaves no short row to others, except those that the end of a chunk cuts', () => {
  const form = textForm([NUMBER, STRING, STRING], DEFAULT_TEXT_LAYOUT)
  const row = [Buffer.from('12345'), Buffer.from('plain'), Buffer.from('a\tb')]
  const rows = Array.from({ length: 100 }, () => row)
  const taken = read(form, rows, 1_000)
  expect(taken.oneByOne).toBeLessThanOrEqual(2)
  expect(taken.finish().toString()).toBe('12345\tplain\ta\\\tb\n'.repeat(100))
})

test('the loop writes every length of a value with a special byte in every place', () => {
  const form = textForm([STRING, NUMBER], DEFAULT_TEXT_LAYOUT)
  const rows: Buffer[][] = []
  for (let length = 0; length < 140; length++)
    for (let place = -1; place < length; place++) {
      const value = Buffer.alloc(length, 'x')
      if (place >= 0) value[place] = 0x5c
      rows.push([value, Buffer.from(String(length))])
    }
  expect(read(form, rows, 4_096).finish().equals(expected(form, rows))).toBe(true)
})
