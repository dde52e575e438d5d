import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowInPieces } from '../../../../src/database/mysql/row-in-pieces.ts'
import {
  BlockPool,
  csvForm,
  csvLayout,
  RowEncoder,
  type RowForm,
  type TypedColumn,
} from '../../../../src/format/index.ts'
import { cases } from '../../../setup/chance.ts'

const BLOCK_BYTES = 64 * 1024
const TEXT: TypedColumn = {
  name: Buffer.from('a'),
  isLarge: true,
  kind: 'string',
  encoding: 'utf8',
  type: 'text',
}
const BINARY: TypedColumn = { ...TEXT, encoding: 'single', type: 'binary' }

function lengthEncoded(value: Buffer): Buffer {
  const { length } = value
  if (length < 0xfb) return Buffer.concat([Buffer.of(length), value])
  if (length < 0x10000) return Buffer.concat([Buffer.of(0xfc, length & 0xff, length >> 8), value])
  return Buffer.concat([Buffer.of(0xfd, length & 0xff, (length >> 8) & 0xff, length >> 16), value])
}

/** Writes a row that comes in slices of these sizes, over and over. */
function written(form: RowForm, row: readonly Buffer[], slices: readonly number[]): Buffer {
  const blocks: Buffer[] = []
  const encoder = new RowEncoder(form, false, {
    pool: new BlockPool(BLOCK_BYTES, 2),
    maxPartBytes: Number.MAX_SAFE_INTEGER,
    emit: block => {
      blocks.push(Buffer.from(block.bytes))
      block.release()
    },
  })
  const pieces = new RowInPieces(encoder, row.length)
  const bytes = Buffer.concat(row.map(lengthEncoded))
  expect(pieces.start(bytes.length)).toBe(true)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const slice = Buffer.from(bytes.subarray(at, at + slices[turn % slices.length]))
    expect(pieces.feed(slice, 0, slice.length)).toBe(slice.length)
    at += slice.length
  }
  expect(pieces.end()).toBe(true)
  void encoder.finish()
  return Buffer.concat(blocks)
}

/** Every length that decides something: short, about a block's share of a whole value, about a block, longer. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 7_000, max: 17_000 }),
  fc.integer({ min: 60_000, max: 70_000 }),
  fc.constant(150_000),
)
/** A few small ones between large ones. */
const slices = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
    fc.integer({ min: 4_000, max: 64 * 1024 }),
  )
  .map(([small, large]) => [...small, large])
const filler = fc.constantFrom('"', 'é"', 'a"b\n', '\0\xff', '0123456789abcdef')
const rows = fc.array(
  fc.record({ length: lengths, filler }).map(({ length, filler }) => Buffer.alloc(length, filler)),
  { minLength: 3, maxLength: 3 },
)
const COLUMNS = [BINARY, TEXT, BINARY]

test.each([
  ['the default layout', ',', '"'],
  ['a delimiter that is part of every binary value', 'x', '"'],
  ['a quote that is a digit', 'x', '0'],
])(
  'CSV with %s: no row overruns a block, and its values come whole, in any slices',
  (_name, delimiter, quote) => {
    const layout = csvLayout({ fieldsTerminatedBy: Buffer.from(delimiter), enclosedBy: Buffer.from(quote) })
    const form = csvForm(COLUMNS, layout)
    const quoted = (text: string): string => `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
    const isBare = delimiter !== 'x'
    const binary = (value: Buffer): string => {
      const text = `\\x${value.toString('hex')}`
      return isBare ? text : quoted(text)
    }
    fc.assert(
      fc.property(rows, slices, (row, slices) => {
        const [before, middle, after] = row
        const expected = [binary(before), quoted(middle.toString('latin1')), binary(after)].join(delimiter)
        const line = written(form, row, slices).toString('latin1')
        // a short text without a special character is bare: the fillers' digits are one
        const bare = [binary(before), middle.toString('latin1'), binary(after)].join(delimiter)
        expect([`${expected}\n`, `${bare}\n`].includes(line)).toBe(true)
      }),
      { numRuns: cases(60) },
    )
  },
)
