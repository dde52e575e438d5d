import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowCopier } from '../../../src/database/duckdb/row-copier.ts'
import { RowPreview } from '../../../src/database/duckdb/row-preview.ts'
import { RowSplitter } from '../../../src/database/duckdb/row-splitter.ts'
import { TextRows } from '../../../src/database/text-rows.ts'
import {
  type Block,
  type BlockOutput,
  BlockPool,
  BlockWriter,
  type DEFAULT_TEXT_LAYOUT,
  type FormatColumn,
  RowEncoder,
  textForm,
} from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { layouts } from '../../unit/format/arbitraries.ts'
import { outfile } from './fixture.ts'

const COLUMNS: readonly FormatColumn[] = ['number', 'string', 'string'].map(kind => ({
  name: Buffer.from('c'),
  kind: kind === 'number' ? 'number' : 'string',
  encoding: 'utf8',
  isLarge: false,
}))
const kinds = COLUMNS.map(column => column.kind)

const piece = fc.oneof(
  fc.constantFrom('\t', '\n', '\\', '\0', 'N', '0', '"', ',', 'é', '🦆', '\\\n', '\\\\'),
  fc.integer({ min: 1, max: 900 }).map(length => 'abc'.repeat(length)),
  fc.integer({ min: 1, max: 400 }).map(length => '\\\t'.repeat(length)),
)
const value = fc.option(
  fc.array(piece, { maxLength: 5 }).map(pieces => pieces.join('')),
  { nil: null },
)
const rows = fc.array(
  fc.tuple(fc.option(fc.integer().map(String), { nil: null }), value, value).map(row => [...row]),
  { maxLength: 12 },
)
/** Lengths of the chunks, repeated. */
const cuts = fc.array(fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 3000 })), {
  minLength: 1,
  maxLength: 6,
})

function chunksOf(text: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1
    chunks.push(Buffer.from(text.subarray(at, at + length)))
    at += length
  }
  return chunks
}

/** Passes chunks through. Blocks are released only when no buffer is free any more. */
function copying({ pool, maxPartBytes, emit }: BlockOutput) {
  const writer = new BlockWriter(pool, maxPartBytes, emit)
  return { source: writer, sink: new RowCopier(writer) }
}

function encoding(layout: typeof DEFAULT_TEXT_LAYOUT, output: BlockOutput) {
  const encoder = new RowEncoder(textForm(COLUMNS, layout), false, output)
  return { source: encoder, sink: new TextRows(encoder, COLUMNS.length) }
}

/** Passes chunks through; blocks are given back only when no buffer is free any more. */
function pass(chunks: readonly Buffer[], layout: typeof DEFAULT_TEXT_LAYOUT | null, maxPartBytes: number) {
  const lent: Block[] = []
  const parts: Buffer[][] = [[]]
  let rowsEnded = 0
  const takeBack = () => {
    for (const block of lent.splice(0)) {
      parts.at(-1)?.push(Buffer.from(block.bytes))
      rowsEnded += block.rowsEnded
      if (block.endsPart) parts.push([])
      block.release()
    }
  }
  const output = { pool: new BlockPool(2048, 3), maxPartBytes, emit: (block: Block) => lent.push(block) }
  const { source, sink } = layout === null ? copying(output) : encoding(layout, output)
  const splitter = new RowSplitter(sink)
  for (const chunk of chunks)
    for (let at = splitter.consume(chunk, 0); at < chunk.length; at = splitter.consume(chunk, at)) takeBack()
  splitter.end()
  void source.finish()
  takeBack()
  return { parts: parts.map(blocks => Buffer.concat(blocks)), rowsEnded }
}

test('rows are complete wherever the chunks are cut, unchanged and recoded', () => {
  fc.assert(
    fc.property(
      rows,
      cuts,
      layouts,
      fc.integer({ min: 200, max: 20_000 }),
      (values, lengths, layout, most) => {
        const chunks = chunksOf(outfile(kinds, values), lengths)
        for (const target of [null, layout]) {
          const { parts, rowsEnded } = pass(chunks, target, most)
          const expected = outfile(kinds, values, target ?? {})
          expect(Buffer.concat(parts).toString('latin1')).toBe(expected.toString('latin1'))
          expect(rowsEnded).toBe(values.length)
        }
      },
    ),
    { numRuns: cases(400) },
  )
})

test('a preview reads the values back', () => {
  fc.assert(
    fc.property(rows, cuts, fc.nat(12), (values, lengths, most) => {
      const preview = new RowPreview(most)
      const splitter = new RowSplitter(preview)
      for (const chunk of chunksOf(outfile(kinds, values), lengths)) splitter.consume(chunk, 0)
      expect(preview.rows).toEqual(values.slice(0, most))
    }),
    { numRuns: cases(200) },
  )
})

test('output that ends within a row is an error', () => {
  for (const cut of ['a', 'a\tb\\\n', 'x'.repeat(200_000)]) {
    const splitter = new RowSplitter(new RowPreview(1))
    splitter.consume(Buffer.from(`1\n${cut}`), 0)
    expect(() => splitter.end()).toThrow(/within a row/)
  }
})
