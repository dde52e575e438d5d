import { BatchQueryError } from '../../errors/index.ts'
import type { BlockOutput } from '../blocks/block.ts'
import { BlockWriter } from '../blocks/block-writer.ts'
import type { InvalidDates } from '../column.ts'
import type { Encoder, InlineRows } from '../encoder.ts'
import { aroundValue, put, refusedValue } from './encode-row.ts'
import type { RowForm } from './row-form.ts'

/** A value of more bytes is written in pieces. */
const MOST_PIECE_BYTES = 64 * 1024
const LEAST_PIECE_BYTES = 8
/** More than a piece may leave to the next one. */
const CHARACTER_BYTES = 8
const NOTHING = Buffer.alloc(0)

/**
 * Writes rows of a form to blocks, each row at once.
 *
 * A value of a row in pieces is still written as a whole one if it is short enough: its bytes must not depend on where the
 * source was cut.
 *
 *     GATHERED ──last piece──▶ next column
 *        └──too long──▶ OPENED ──last piece──▶ next column
 */
export class RowEncoder implements Encoder {
  readonly partStart: Uint8Array
  readonly mostRowBytes: number
  readonly mostPieceBytes: number
  readonly inline: InlineRows | null
  readonly #form: RowForm
  readonly #writer: BlockWriter
  #column = 0
  /** Whether the room of a row is reserved that has not begun. */
  #isReserved = false
  /** Whether the opening of a value in pieces is written. */
  #isOpened = false
  /** Whether it has no opening, and so no closing. */
  #isBare = false
  /** Bytes of the value that are not written yet: all of a short one, or a character that a piece has cut. */
  #kept = NOTHING
  #keptBytes = 0

  /** @throws UNSUPPORTED_CLAUSE if the bytes around a value are too long for the blocks */
  constructor(form: RowForm, hasHeader: boolean, { pool, maxPartBytes, emit }: BlockOutput) {
    this.partStart = hasHeader ? form.header : NOTHING
    const writer = new BlockWriter(pool, maxPartBytes - this.partStart.length, emit)
    // Such a loop may begin a row and leave it to the encoder, which would count its values again.
    this.inline = form.invalidDates === undefined ? { form, writer } : null
    this.#form = form
    this.#writer = writer
    this.mostRowBytes = Math.floor((writer.largestWholeRow - form.overheadPerRow) / form.growth)
    this.mostPieceBytes = pieceBytes(form, writer.largestWholeRow)
  }

  get invalidDates(): readonly InvalidDates[] {
    return this.#form.invalidDates?.() ?? []
  }

  rows(source: Buffer, places: Int32Array, count: number): number {
    const step = 2 * this.#form.columns.length
    for (let row = 0; row < count; row++) if (!this.#row(source, places, row * step)) return row
    return count
  }

  /** Nothing is allocated here: this runs once a row. */
  #row(source: Buffer, places: Int32Array, first: number): boolean {
    const { columns, rowStart, leads, rowEnd, nullWord, growth, overheadPerRow, required } = this.#form
    const writer = this.#writer
    let bytes = 0
    for (let at = first, end = first + 2 * columns.length; at < end; at += 2)
      bytes += places[at + 1] - places[at]
    if (!writer.reserve(growth * bytes + overheadPerRow)) return false
    const out = writer.buffer
    let to = put(rowStart, out, writer.at)
    for (let index = 0, at = first; index < columns.length; index++, at += 2) {
      to = put(leads[index], out, to)
      const start = places[at]
      if (start >= 0) to = columns[index].write(source, start, places[at + 1], out, to)
      else if (required?.[index]) to = -1
      else to = put(nullWord, out, to)
      if (to < 0) throw refusedValue(this.#form, index, writer.rows + 1, source, start, places[at + 1])
    }
    writer.at = put(rowEnd, out, to)
    writer.endRow()
    return true
  }

  startRow(leastBytes: number, mostBytes: number): boolean {
    const { growth, overheadPerRow, rowStart } = this.#form
    this.#isReserved ||=
      mostBytes <= this.mostRowBytes
        ? this.#writer.reserve(growth * mostBytes + overheadPerRow)
        : this.#writer.reserveLarge(leastBytes)
    if (!this.#isReserved || !this.#write(rowStart)) return false
    this.#isReserved = false
    this.#column = 0
    return true
  }

  piece(source: Buffer, start: number, end: number, rest: number): boolean {
    const isLast = rest === 0
    const bytes = this.#keptBytes + end - start
    if (!this.#isOpened && bytes <= this.mostPieceBytes) {
      if (isLast) return this.#shortValue(source, start, end)
      this.#keep(source, start, end)
      return true
    }
    return (
      this.#open(source, start - this.#keptBytes, end + rest) && this.#longPiece(source, start, end, isLast)
    )
  }

  nullValue(): boolean {
    const lead = this.#form.leads[this.#column]
    const { nullWord, required } = this.#form
    if (required?.[this.#column]) throw this.#refused(NOTHING, -1, -1)
    if (!this.#writer.reservePiece(lead.length + nullWord.length)) return false
    this.#put(lead)
    this.#put(nullWord)
    this.#column++
    return true
  }

  endRow(): boolean {
    if (!this.#write(this.#form.rowEnd)) return false
    this.#writer.endRow()
    return true
  }

  whenReady(): Promise<void> {
    return this.#writer.whenReady()
  }

  endPart(): Promise<void> {
    this.#writer.endPart()
    return Promise.resolve()
  }

  finish(): Promise<void> {
    return this.#writer.finish()
  }

  discard(): void {
    this.#writer.discard()
  }

  /** The last piece of a value that is short: with what is kept it is the whole value. */
  #shortValue(source: Buffer, start: number, end: number): boolean {
    const { columns, leads, growth } = this.#form
    const { opening, closing, write } = columns[this.#column]
    const lead = leads[this.#column]
    const length = this.#keptBytes + end - start
    const bytes = lead.length + opening.length + growth * length + closing.length
    if (!this.#writer.reservePiece(bytes)) return false
    this.#put(lead)
    const writer = this.#writer
    if (this.#keptBytes === 0)
      this.#written(write(source, start, end, writer.buffer, writer.at), source, start, end)
    else {
      this.#keep(source, start, end)
      const kept = this.#keptView()
      this.#written(write(kept, 0, length, writer.buffer, writer.at), kept, 0, length)
    }
    this.#endValue()
    return true
  }

  /** Writes the opening and what is kept of the value. @param start of the whole value, if its pieces lie in one buffer */
  #open(source: Buffer, start: number, end: number): boolean {
    const { columns, leads, growth } = this.#form
    const { opening, wholeCharacters, isBare } = columns[this.#column]
    const lead = leads[this.#column]
    if (!this.#isOpened) {
      if (!this.#writer.reservePiece(lead.length + opening.length)) return false
      this.#put(lead)
      this.#isBare = isBare?.(source, start, end) ?? false
      if (!this.#isBare) this.#put(opening)
      this.#isOpened = true
    }
    if (this.#keptBytes < CHARACTER_BYTES) return true
    if (!this.#writer.reservePiece(growth * this.#keptBytes)) return false
    const kept = this.#keptView()
    this.#escape(kept, 0, wholeCharacters(kept, 0, kept.length), kept.length)
    return true
  }

  #longPiece(source: Buffer, start: number, end: number, isLast: boolean): boolean {
    const { columns, growth } = this.#form
    const { closing, wholeCharacters, endPieces } = columns[this.#column]
    const length = this.#keptBytes + end - start
    if (!this.#writer.reservePiece(growth * length + closing.length)) return false
    if (this.#keptBytes > 0) {
      this.#keep(source, start, end)
      const kept = this.#keptView()
      this.#escape(kept, 0, isLast ? length : wholeCharacters(kept, 0, length), length)
    } else this.#escape(source, start, isLast ? end : wholeCharacters(source, start, end), end)
    if (isLast) {
      if (endPieces?.() === false) throw this.#refused(source, start, end)
      if (!this.#isBare) this.#put(closing)
      this.#endValue()
    }
    return true
  }

  /** Writes bytes up to `whole`, and keeps those from there to `end`. */
  #escape(bytes: Buffer, start: number, whole: number, end: number): void {
    const writer = this.#writer
    const { escapePiece } = this.#form.columns[this.#column]
    this.#written(escapePiece(bytes, start, whole, writer.buffer, writer.at), bytes, start, whole)
    this.#keptBytes = 0
    this.#keep(bytes, whole, end)
  }

  /** The value, or the piece of one, from `start` to `end` was written up to `at`, or refused. */
  #written(at: number, source: Uint8Array, start: number, end: number): void {
    if (at < 0) throw this.#refused(source, start, end)
    this.#writer.at = at
  }

  #refused(source: Uint8Array, start: number, end: number): BatchQueryError {
    return refusedValue(this.#form, this.#column, this.#writer.rows + 1, source, start, end)
  }

  #keep(source: Buffer, start: number, end: number): void {
    if (this.#kept === NOTHING) this.#kept = Buffer.allocUnsafeSlow(this.mostPieceBytes + CHARACTER_BYTES)
    this.#keptBytes += source.copy(this.#kept, this.#keptBytes, start, end)
  }

  /** A new view each time, as `Escape` asks for. */
  #keptView(): Buffer {
    return this.#kept.subarray(0, this.#keptBytes)
  }

  #endValue(): void {
    this.#isOpened = false
    this.#keptBytes = 0
    this.#column++
  }

  #write(bytes: Uint8Array): boolean {
    if (!this.#writer.reservePiece(bytes.length)) return false
    this.#put(bytes)
    return true
  }

  #put(bytes: Uint8Array): void {
    this.#writer.at = put(bytes, this.#writer.buffer, this.#writer.at)
  }
}

/** A piece, a character that was cut before it and the bytes around a value go into one reservation. */
function pieceBytes(form: RowForm, most: number): number {
  const around = form.columns.map((column, index) => aroundValue(column, form.leads[index], form))
  const longest = Math.max(form.rowStart.length, form.rowEnd.length, ...around)
  const bytes = Math.floor((most - longest) / form.growth) - CHARACTER_BYTES
  if (bytes >= LEAST_PIECE_BYTES) return Math.min(MOST_PIECE_BYTES, bytes)
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `${longest} bytes of separators and column name around one value are too many`,
    {
      hint: 'Use shorter TERMINATED BY and STARTING BY strings, and shorter column names.',
    },
  )
}
