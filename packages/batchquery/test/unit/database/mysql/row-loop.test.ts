import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PayloadConsumer } from '../../../../src/database/mysql/packet-reader.ts'
import { PacketReader } from '../../../../src/database/mysql/packet-reader.ts'
import { RowLoop } from '../../../../src/database/mysql/row-loop.ts'
import { writeWholeRow } from '../../../../src/database/mysql/whole-row.ts'
import {
  BlockPool,
  BlockWriter,
  encodeRow,
  type RowEncoder,
  rowEncoder,
  type TypedColumn,
} from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'
import { columns, layouts, values } from '../../format/arbitraries.ts'

const BLOCK_BYTES = 64 * 1024
const PART_BYTES = 40_000

/** Takes rows by the loop, and those that it leaves one by one; how many went which way. */
class Rows implements PayloadConsumer {
  rows = 0
  oneByOne = 0
  readonly largestWhole = BLOCK_BYTES / 8
  readonly #written: Buffer[] = []
  readonly #encoder: RowEncoder
  readonly #writer: BlockWriter
  readonly #loop: RowLoop

  constructor(encoder: RowEncoder) {
    this.#encoder = encoder
    this.#writer = new BlockWriter(new BlockPool(BLOCK_BYTES, 3), PART_BYTES, block => {
      this.#written.push(Buffer.from(block.bytes))
      block.release()
    })
    this.#loop = new RowLoop(this.#writer, encoder, this.largestWhole)
  }

  rowPackets(chunk: Buffer, start: number, sequence: number): number {
    const at = this.#loop.take(chunk, start, sequence)
    this.rows += this.#loop.taken
    return at
  }

  whole(bytes: Buffer, start: number, end: number): boolean {
    this.oneByOne++
    return writeWholeRow(this.#writer, this.#encoder, bytes, start, end)
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
    this.#writer.finish()
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

function read(encoder: RowEncoder, rows: readonly (readonly (Buffer | null)[])[], chunkBytes: number): Rows {
  const wire = Buffer.concat(
    rows.map((row, index) => packet(Buffer.concat(row.map(lengthEncoded)), index + 1)),
  )
  const taken = new Rows(encoder)
  const reader = new PacketReader(taken)
  for (let at = 0; at < wire.length; at += chunkBytes)
    reader.consume(Buffer.from(wire.subarray(at, at + chunkBytes)), 0)
  return taken
}

function expected(encoder: RowEncoder, rows: readonly (readonly (Buffer | null)[])[]): Buffer {
  const out = Buffer.alloc(1 << 20)
  let end = 0
  for (const row of rows) end = encodeRow(encoder, row, out, end)
  return out.subarray(0, end)
}

test.each(['TEXT', 'CSV'] as const)('%s: the loop writes what the columns write', format => {
  const property = fc.property(tables, layouts, ({ defined, rows, chunkBytes }, layout) => {
    // CSV knows the terminators alone, and they are never empty
    const encoder = rowEncoder(format, defined, format === 'CSV' ? {} : layout)
    const taken = read(encoder, rows, chunkBytes)
    expect(taken.finish().toString('latin1')).toBe(expected(encoder, rows).toString('latin1'))
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

test('short rows do not leave the loop, but for the ones that the end of a chunk cuts', () => {
  const encoder = rowEncoder('TEXT', [NUMBER, STRING, STRING], {})
  const row = [Buffer.from('12345'), Buffer.from('plain'), Buffer.from('a\tb')]
  const rows = Array.from({ length: 100 }, () => row)
  const taken = read(encoder, rows, 1_000)
  expect(taken.oneByOne).toBeLessThanOrEqual(2)
  expect(taken.finish().toString()).toBe('12345\tplain\ta\\\tb\n'.repeat(100))
})

test('every length of a value, and every place of a special byte in it', () => {
  const encoder = rowEncoder('TEXT', [STRING, NUMBER], {})
  const rows: Buffer[][] = []
  for (let length = 0; length < 140; length++)
    for (let place = -1; place < length; place++) {
      const value = Buffer.alloc(length, 'x')
      if (place >= 0) value[place] = 0x5c
      rows.push([value, Buffer.from(String(length))])
    }
  expect(read(encoder, rows, 4_096).finish().equals(expected(encoder, rows))).toBe(true)
})
