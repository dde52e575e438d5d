import {
  copyAll,
  type InlineRows,
  jsonMarks,
  type LeadWords,
  leadWords,
  put,
  type RowForm,
  refusedValue,
  startsNumber,
} from '../../format/index.ts'
import { decodeText, otherColumns } from '../text-rows.ts'
import { rowWithoutEnd } from './copy-rows.ts'

/** How a column's values are written. `ASK` is always right: the column's own `write`. */
const STRING = 0
const NUMBER = 1
const ASK = 2

/** The most bytes that a copy by words reads beyond its end. */
const WORD_REST = 3

/**
 * The loop that nearly all bytes go through if an encoder has `inline`: rows of COPY in FORMAT text that lie whole in a chunk. A value
 * without a special byte is copied by words into the block, while the same words are searched for its end. Every other value goes to its
 * column's `write`, decoded if it has a backslash.
 *
 * It leaves to slower code a row that ends a block or a part, or lies at the end of the chunk, and everything that is not a row.
 *
 * Literals replace constants, and every position has `| 0`: `format/rows/escape-bytes.ts` has the reasons. The literals are 5 (bytes of a
 * message's header), 0x64 (COPY_ROW), 0x09 (TAB), 0x0a (LF), 0x22 (quote), 0x5c (backslash), and 0x4e (N).
 */
export class TextLoop {
  /** How many rows the last call of `take` took. */
  taken = 0
  readonly #inline: InlineRows
  readonly #ways: Uint8Array
  readonly #leads: LeadWords
  /** A decoded value. */
  #decoded = Buffer.alloc(0)

  constructor(inline: InlineRows) {
    const { columns, leads } = inline.form
    this.#inline = inline
    this.#ways = Uint8Array.from(columns, wayOf)
    this.#leads = leadWords(leads)
  }

  /** Takes messages from `start` on, where one begins, and returns where it stopped. */
  take(chunk: Buffer, start: number): number {
    const { form, writer } = this.#inline
    const ways = this.#ways
    const { view: leads, places } = this.#leads
    const { rowStart, rowEnd, nullWord, growth, overheadPerRow, required } = form
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    const out = writer.buffer
    const block = writer.view
    const limit = (writer.at + writer.room - overheadPerRow) | 0
    const lastEnd = (chunk.length - WORD_REST) | 0
    const last = ways.length - 1
    let rows = 0
    let rowsEnd = writer.at | 0
    let at = start | 0
    while (at + 5 < lastEnd && chunk[at] === 0x64) {
      const end = (at + 1 + source.getInt32(at + 1)) | 0
      let from = (at + 5) | 0
      if (end > lastEnd || end <= from || rowsEnd + growth * (end - at) > limit) break
      if (chunk[end - 1] !== 0x0a) throw rowWithoutEnd()
      let to = put(rowStart, out, rowsEnd) | 0
      for (let index = 0; index < ways.length; index++) {
        to = copyAll(leads, places[index], places[index + 1], block, to) | 0
        const way = ways[index]
        let stop = from
        if (way < 2) {
          // The quote is written before it is known whether the value needs it.
          out[to] = 0x22
          const shift = (to + 1 - way - from) | 0
          let marks = 0
          for (;;) {
            const word = source.getInt32(stop, true)
            block.setInt32(stop + shift, word, true)
            marks = jsonMarks(word)
            if (marks !== 0) break
            stop = (stop + 4) | 0
          }
          stop = (stop + ((31 - Math.clz32(marks & -marks)) >> 3)) | 0
          if (chunk[stop] === (index === last ? 0x0a : 0x09)) {
            if (way === 0) {
              to = (stop + shift + 1) | 0
              out[to - 1] = 0x22
              from = (stop + 1) | 0
              continue
            }
            if (startsNumber(chunk, from)) {
              to = (stop + shift) | 0
              from = (stop + 1) | 0
              continue
            }
          }
        }
        if (chunk[from] === 0x5c && chunk[from + 1] === 0x4e) {
          if (required?.[index]) throw refusedValue(form, index, writer.rows + rows + 1, chunk, -1, -1)
          to = put(nullWord, out, to) | 0
          stop = (from + 2) | 0
        } else {
          stop = endOfText(chunk, stop) | 0
          to = this.#write(index, chunk, from, stop, to, rows) | 0
        }
        if (chunk[stop] !== (index === last ? 0x0a : 0x09)) throw otherColumns(ways.length)
        from = (stop + 1) | 0
      }
      if (from !== end) throw otherColumns(ways.length)
      rowsEnd = put(rowEnd, out, to) | 0
      at = end
      rows++
    }
    this.taken = rows
    if (rows > 0) writer.rowsWritten(rowsEnd, rows)
    return at
  }

  /** Writes a value with the column's `write`. Returns where it ends. */
  #write(index: number, chunk: Buffer, from: number, stop: number, to: number, rows: number): number {
    const { form, writer } = this.#inline
    const { write } = form.columns[index]
    const backslash = nextBackslash(chunk, from, stop)
    let written: number
    if (backslash === stop) written = write(chunk, from, stop, writer.buffer, to)
    else {
      if (this.#decoded.length < stop - from) this.#decoded = Buffer.allocUnsafeSlow(2 * (stop - from))
      const decoded = this.#decoded
      // From the first byte on again, as `Escape` asks for.
      const length = decodeText(chunk, from, stop, decoded)
      written = write(decoded, 0, length, writer.buffer, to)
      if (written < 0) throw refusedValue(form, index, writer.rows + rows + 1, decoded, 0, length)
    }
    if (written < 0) throw refusedValue(form, index, writer.rows + rows + 1, chunk, from, stop)
    return written
  }
}

function wayOf({ plain }: RowForm['columns'][number]): number {
  if (plain?.unless === 'not in JSON' && plain.emptyToo && plain.quote[0] === 0x22) return STRING
  return plain?.unless === 'not a number' && plain.quote.length === 0 ? NUMBER : ASK
}

/** A TAB or an LF in a value has a backslash before it and another letter. */
function endOfText(chunk: Buffer, start: number): number {
  let at = start | 0
  while (chunk[at] !== 0x09 && chunk[at] !== 0x0a) at = (at + 1) | 0
  return at
}

function nextBackslash(chunk: Buffer, start: number, end: number): number {
  let at = start | 0
  while (at < end && chunk[at] !== 0x5c) at = (at + 1) | 0
  return at
}
