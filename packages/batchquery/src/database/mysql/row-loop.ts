import {
  type BlockWriter,
  ByteSet,
  copyAll,
  copyUnless,
  type InlineRows,
  MOST_BYTES,
  type PlainValue,
  put,
  type RowForm,
  type ValueEncoder,
} from '../../format/index.ts'
import { malformedRow } from './protocol-error.ts'

/** How a column's short values are written. `ASK` is always right: the column's own `write`. */
const COPY = 0
const COPY_UNLESS = 1
const ASK = 2

/** There is no quote, or no separator of one byte. */
const NONE = -1

/**
 * The loop that nearly all bytes of an export go through: rows that lie whole in a chunk, in a packet each, encoded
 * from the chunk into the block, for encoders with `inline`. Nothing is allocated for a row, no method is called for a short
 * value without a special byte in it, and one call reports all rows of a chunk to the writer.
 *
 * The loop stops at a packet that is unusual and leaves it to slower code: a packet that the chunk's end cuts, a row that
 * ends a block or a part, a value of 64 KiB or more, and everything that is not a row.
 *
 * Literals replace constants, and every position has `| 0`: `format/rows/escape-bytes.ts` has the reasons.
 * The literals are 4 (bytes of a packet's header), 0xfb (NULL), 0xfc (a length of two bytes follows), 0xfe (a length of
 * eight bytes, or no row), 128 (for longer values a column's own search and native copy are faster).
 */
export class RowLoop {
  /** How many rows, and packets, the last call of `take` took. */
  taken = 0
  readonly #writer: BlockWriter
  readonly #plan: RowPlan

  /** @param largestRow the longest payload that the encoder takes as a whole row */
  constructor({ writer, form }: InlineRows, largestRow: number) {
    this.#writer = writer
    this.#plan = planRows(form, largestRow)
  }

  /** Takes the packets from `start` on, the first one being number `sequence`, and returns where it stopped. */
  take(chunk: Buffer, start: number, sequence: number): number {
    const { columns, ways, quotes, specials, leastPlain, comma, form, overhead, largest } = this.#plan
    const { leads, rowStart, rowEnd, nullWord, growth } = form
    const writer = this.#writer
    const out = writer.buffer
    const block = writer.view
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    const limit = (writer.at + writer.room - overhead) | 0
    /** The last place where a value may end: its last word is read whole. */
    const lastEnd = (chunk.length - 3) | 0
    let number = sequence | 0
    let rows = 0
    let rowsEnd = writer.at | 0
    let at = start | 0
    for (;;) {
      const end = endOfRow(chunk, at, number, largest) | 0
      if (end < 0 || rowsEnd + growth * (end - at) > limit) break
      let to = put(rowStart, out, rowsEnd) | 0
      let from = (at + 4) | 0
      for (let index = 0; index < ways.length; index++) {
        if (comma < 0) to = put(leads[index], out, to) | 0
        else if (index > 0) out[to++] = comma
        let length = chunk[from++]
        if (length === 0xfb) {
          to = put(nullWord, out, to) | 0
          continue
        }
        if (length === 0xfc) {
          length = chunk[from] | (chunk[from + 1] << 8)
          from += 2
        } else if (length > 0xfb) return this.#leave(at, rowsEnd, rows)
        const valueEnd = (from + length) | 0
        if (valueEnd > end) throw malformedRow(index)
        const way = length > 128 || length < leastPlain || valueEnd > lastEnd ? 2 : ways[index]
        const quote = quotes[index]
        const copy = quote < 0 ? to : (to + 1) | 0
        let copied = -1
        if (way === 0) copied = copyAll(source, from, valueEnd, block, copy) | 0
        else if (way === 1) copied = copyUnless(source, from, valueEnd, block, copy, specials) | 0
        if (copied < 0) to = columns[index].write(chunk, from, valueEnd, out, to) | 0
        else if (quote < 0) to = copied
        else to = enclose(out, to, copied, quote)
        from = valueEnd
      }
      if (from !== end) throw malformedRow(ways.length)
      rowsEnd = put(rowEnd, out, to) | 0
      at = end
      number = (number + 1) & 0xff
      rows++
    }
    return this.#leave(at, rowsEnd, rows)
  }

  #leave(at: number, rowsEnd: number, rows: number): number {
    this.taken = rows
    if (rows > 0) this.#writer.rowsWritten(rowsEnd, rows)
    return at
  }
}

/** How the rows of one result are written. */
interface RowPlan {
  readonly form: RowForm
  readonly columns: readonly ValueEncoder[]
  readonly ways: Uint8Array
  readonly quotes: Int16Array
  readonly specials: ByteSet
  /** The shortest value that may be copied. */
  readonly leastPlain: number
  /** The separator if it is one byte, else NONE. */
  readonly comma: number
  readonly overhead: number
  readonly largest: number
}

function planRows(form: RowForm, largestRow: number): RowPlan {
  const { columns, leads, overheadPerRow } = form
  const specials = columns.map(({ plain }) => specialsOf(plain)).find(({ length }) => length > 0) ?? []
  return {
    form,
    columns,
    ways: Uint8Array.from(columns, ({ plain }) => wayOf(plain, specials)),
    quotes: Int16Array.from(columns, ({ plain }) => plain?.quote.at(0) ?? NONE),
    specials: new ByteSet(specials),
    leastPlain: columns.some(({ plain }) => plain?.emptyToo === false) ? 1 : 0,
    comma: commaOf(leads),
    overhead: overheadPerRow,
    largest: largestRow,
  }
}

/** What is before each value but the first one, if it is the same byte. */
function commaOf([first, ...others]: readonly Uint8Array[]): number {
  const comma = others[0]?.at(0) ?? NONE
  const isComma = first?.length === 0 && others.every(({ length, 0: byte }) => length === 1 && byte === comma)
  return isComma ? comma : NONE
}

function wayOf(plain: PlainValue | null, specials: readonly number[]): number {
  if (plain === null || plain.quote.length > 1 || typeof plain.unless === 'string') return ASK
  if (plain.unless.length === 0) return COPY
  return plain.unless.length <= MOST_BYTES && plain.unless.join() === specials.join() ? COPY_UNLESS : ASK
}

const specialsOf = (plain: PlainValue | null): readonly number[] =>
  plain === null || typeof plain.unless === 'string' ? [] : plain.unless

/** Returns the end of the packet at `at` if it is number `number`, lies whole in the chunk and is a row; otherwise -1. */
export function endOfRow(chunk: Buffer, at: number, number: number, largest: number): number {
  const row = (at + 4) | 0
  if (row >= chunk.length || chunk[at + 3] !== number) return -1
  const length = chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16)
  const end = (row + length) | 0
  return length === 0 || length > largest || end > chunk.length || chunk[row] >= 0xfe ? -1 : end
}

function enclose(out: Buffer, before: number, after: number, quote: number): number {
  out[before] = quote
  out[after] = quote
  return (after + 1) | 0
}
