import type { Block, BlockPool, Encoder, FormatPlan, TypedColumn } from '../../format/index.ts'

type Row = readonly (string | Uint8Array | null)[]

/** Encodes rows that are in memory, as a stream does. */
export function heldRows(
  columns: readonly TypedColumn[],
  rows: readonly Row[],
  format: FormatPlan,
  pool: BlockPool,
) {
  const blocks: Block[] = []
  const encoder = format.encoder(columns, {
    pool,
    maxPartBytes: Number.MAX_SAFE_INTEGER,
    emit: block => blocks.push(block),
  })
  return {
    partStart: encoder.partStart,
    async *[Symbol.asyncIterator](): AsyncGenerator<Block, void, void> {
      for (const row of rows)
        for (const step of stepsOf(row, encoder))
          while (!step()) {
            yield* blocks.splice(0)
            await encoder.whenReady()
          }
      const finished = encoder.finish()
      yield* blocks.splice(0)
      await finished
      yield* blocks.splice(0)
    },
  }
}

/** A column whose values are all text. */
export const textColumn = (name: string): TypedColumn => ({
  name: Buffer.from(name),
  kind: 'string',
  type: 'text',
  encoding: 'utf8',
  isLarge: false,
  exact: { type: { kind: 'string' }, wire: 'text' },
})

/** The calls that give the encoder a row. Each one is repeated until it returns true. */
function stepsOf(row: Row, encoder: Encoder): readonly (() => boolean)[] {
  const values = row.map(value => (value === null ? null : Buffer.from(value)))
  const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
  if (bytes <= encoder.mostRowBytes) {
    const source = Buffer.concat(values.map(value => value ?? Buffer.alloc(0)))
    const places = placesOf(values)
    return [() => encoder.rows(source, places, 1) === 1]
  }
  return [
    () => encoder.startRow(bytes, bytes),
    ...values.flatMap(value => (value === null ? [() => encoder.nullValue()] : pieces(value, encoder))),
    () => encoder.endRow(),
  ]
}

function placesOf(values: readonly (Buffer | null)[]): Int32Array {
  const places = new Int32Array(2 * values.length).fill(-1)
  let end = 0
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    places[2 * index] = end
    end += value.length
    places[2 * index + 1] = end
  }
  return places
}

function pieces(value: Buffer, encoder: Encoder): (() => boolean)[] {
  const { mostPieceBytes } = encoder
  const count = Math.max(1, Math.ceil(value.length / mostPieceBytes))
  return Array.from({ length: count }, (_, index) => () => {
    const end = Math.min(value.length, (index + 1) * mostPieceBytes)
    return encoder.piece(value, index * mostPieceBytes, end, value.length - end)
  })
}
