import {
  copyAll,
  copyJson,
  type InlineRows,
  type LeadWords,
  leadWords,
  put,
  type RowForm,
  refusedValue,
  startsNumber,
} from '../../format/index.ts'
import { malformedRow } from './protocol-error.ts'
import { endOfRow } from './row-loop.ts'

/** How a column's short values are written. `ASK` is always right: the column's own `write`. */
const STRING = 0
const NUMBER = 1
const ASK = 2

/** Whether `MemberLoop` must take the rows, because a value may be refused. */
export const hasMembers = ({ form }: InlineRows): boolean => form.refused !== undefined

/**
 * As `RowLoop`, and with the same literals and limits, for objects of JSON: before each value is its name, a value may be refused, and other
 * bytes are special. One loop for both would be slower for the rows without names.
 */
export class MemberLoop {
  /** How many rows, and packets, the last call of `take` took. */
  taken = 0
  readonly #inline: InlineRows
  readonly #ways: Uint8Array
  readonly #leads: LeadWords
  readonly #largest: number

  /** @param largestRow the longest payload that the encoder takes as a whole row */
  constructor(inline: InlineRows, largestRow: number) {
    this.#inline = inline
    this.#ways = Uint8Array.from(inline.form.columns, wayOf)
    this.#leads = leadWords(inline.form.leads)
    this.#largest = largestRow
  }

  /** Takes the packets from `start` on, the first one being number `sequence`, and returns where it stopped. */
  take(chunk: Buffer, start: number, sequence: number): number {
    const { form, writer } = this.#inline
    const ways = this.#ways
    const { view: leads, places } = this.#leads
    const { columns, rowStart, rowEnd, nullWord, growth, overheadPerRow, required } = form
    const out = writer.buffer
    const block = writer.view
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    const limit = (writer.at + writer.room - overheadPerRow) | 0
    /** The last place where a value may end: its last word is read whole. */
    const lastEnd = (chunk.length - 3) | 0
    let number = sequence | 0
    let rows = 0
    let rowsEnd = writer.at | 0
    let at = start | 0
    for (;;) {
      const end = endOfRow(chunk, at, number, this.#largest) | 0
      if (end < 0 || rowsEnd + growth * (end - at) > limit) break
      let to = put(rowStart, out, rowsEnd) | 0
      let from = (at + 4) | 0
      for (let index = 0; index < ways.length; index++) {
        to = copyAll(leads, places[index], places[index + 1], block, to) | 0
        let length = chunk[from++]
        if (length === 0xfb) {
          if (required?.[index]) throw refusedValue(form, index, writer.rows + rows + 1, chunk, -1, -1)
          to = put(nullWord, out, to) | 0
          continue
        }
        if (length === 0xfc) {
          length = chunk[from] | (chunk[from + 1] << 8)
          from += 2
        } else if (length > 0xfb) return this.#leave(at, rowsEnd, rows)
        const valueEnd = (from + length) | 0
        if (valueEnd > end) throw malformedRow(index)
        const way = length > 128 || valueEnd > lastEnd ? 2 : ways[index]
        let copied = -1
        if (way === 0) copied = copyJson(source, from, valueEnd, block, to + 1) | 0
        else if (way === 1 && startsNumber(chunk, from))
          copied = copyAll(source, from, valueEnd, block, to) | 0
        if (copied < 0) {
          to = columns[index].write(chunk, from, valueEnd, out, to) | 0
          if (to < 0) throw refusedValue(form, index, writer.rows + rows + 1, chunk, from, valueEnd)
        } else if (way === 0) {
          out[to] = 0x22
          out[copied] = 0x22
          to = (copied + 1) | 0
        } else to = copied
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
    if (rows > 0) this.#inline.writer.rowsWritten(rowsEnd, rows)
    return at
  }
}

function wayOf({ plain }: RowForm['columns'][number]): number {
  if (plain?.unless === 'not in JSON' && plain.emptyToo && plain.quote[0] === 0x22) return STRING
  return plain?.unless === 'not a number' && plain.quote.length === 0 ? NUMBER : ASK
}
