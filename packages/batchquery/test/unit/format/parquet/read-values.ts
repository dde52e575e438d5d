import { readerFor } from '../../../../src/format/parquet/readers/reader-for.ts'
import { type LeafColumn, physicalOf } from '../../../../src/format/parquet/type.ts'
import { Values } from '../../../../src/format/parquet/values.ts'
import { cases } from '../../../setup/chance.ts'

export type ColumnType = Omit<LeafColumn, 'name'>

/** A source with each value at its own place, and with a byte before it that belongs to no value. */
export function sourceOf(values: readonly Buffer[]) {
  const between = Buffer.from('9')
  const source = Buffer.concat(values.flatMap(value => [between, value]))
  const places = new Int32Array(2 * values.length)
  let at = 0
  values.forEach((value, k) => {
    places[2 * k] = at + 1
    at += 1 + value.length
    places[2 * k + 1] = at
  })
  return { source, places }
}

/** The PLAIN bytes of values of fixed width, or the index of the value that the reader refuses. */
export function readPlain(column: ColumnType, texts: readonly (string | Buffer)[]): Buffer | number {
  const reader = readerFor({ name: 'c', ...column })
  const { source, places } = sourceOf(
    texts.map(text => (typeof text === 'string' ? Buffer.from(text) : text)),
  )
  const values = new Values()
  values.use(source)
  values.gather(places, 0, 2, texts.length)
  const out = Buffer.alloc(reader.room(values, 0, texts.length) + 8)
  const view = new DataView(out.buffer, out.byteOffset, out.length)
  const end = reader.read(values, 0, texts.length, out, view, 0)
  return end < 0 ? -1 - end : out.subarray(0, end)
}

/** Each value's PLAIN bytes. */
export function readEach(column: ColumnType, texts: readonly (string | Buffer)[]): Buffer[] {
  const { width } = physicalOf(column.type)
  const plain = readPlain(column, texts)
  if (typeof plain === 'number') throw new Error(`the reader refused ${JSON.stringify(texts[plain])}`)
  return texts.map((_, k) => plain.subarray(k * width, (k + 1) * width))
}

const BATCH = 1000

/** Compares what the reader makes of many texts with what the oracle makes of them, batch by batch. */
export function compare<T>(
  column: ColumnType,
  count: number,
  make: () => readonly [text: string | Buffer, expected: T],
  decode: (plain: Buffer) => T,
): void {
  for (let done = 0; done < cases(count); done += BATCH) {
    const pairs = Array.from({ length: BATCH }, make)
    const values = readEach(
      column,
      pairs.map(([text]) => text),
    )
    pairs.forEach(([text, expected], k) => {
      const value = decode(values[k])
      if (!Object.is(value, expected))
        throw new Error(`${text.toString()} became ${String(value)}, and it is ${String(expected)}`)
    })
  }
}
