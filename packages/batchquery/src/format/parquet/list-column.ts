import { collectGarbage } from '../../platform/index.ts'
import { Column } from './column.ts'
import type { ColumnLimits } from './limits.ts'
import { type Entries, ListLevels } from './list-levels.ts'
import type { PageTaker } from './page.ts'
import { type ListReader, listReaderFor } from './readers/lists.ts'
import { leafOf, type ParquetColumn } from './type.ts'
import { nullError, valueError } from './value-error.ts'
import type { Values } from './values.ts'

const NULL = -1
const NO_BYTES = Buffer.alloc(0)
/** A longer list gets a page of its own, with the memory for long values. */
const LONG_BYTES = 1 << 20

/** A collector of one column of the result. */
export type ColumnOfRows = Column | ListColumn

/** @param entries one for all columns of a writer */
export function columnFor(
  column: ParquetColumn,
  limits: ColumnLimits,
  pages: PageTaker,
  entries: Entries,
): ColumnOfRows {
  if (column.type.kind === 'list') return new ListColumn(column, limits, pages, entries)
  return new Column(leafOf(column), limits, pages)
}

/** Collects the lists of one column: their elements become the entries of a `Column`. */
class ListColumn {
  readonly name: string
  readonly #reader: ListReader
  readonly #isRequired: boolean
  readonly #entries: Entries
  /** The most entries of a page, except if one row has more. */
  readonly #mostEntries: number
  readonly #levels: ListLevels
  readonly #elements: Column
  /** The value that comes in pieces, and how much of it has come. */
  #long: Buffer = NO_BYTES
  #longAt = 0

  constructor(column: ParquetColumn, limits: ColumnLimits, pages: PageTaker, entries: Entries) {
    this.name = column.name
    this.#reader = listReaderFor(column)
    this.#isRequired = column.isRequired === true
    this.#entries = entries
    this.#mostEntries = limits.pageRows
    this.#levels = new ListLevels(entries, this.#isRequired)
    this.#elements = new Column(leafOf(column), limits, pages, this.#levels)
  }

  get physical(): Column['physical'] {
    return this.#elements.physical
  }

  get zeroDates(): number {
    return this.#elements.zeroDates
  }

  get rawBytes(): number {
    return this.#elements.rawBytes
  }

  /** As the method of `Column`, of lists. */
  collect(
    values: Values,
    places: Int32Array,
    first: number,
    stride: number,
    rows: number,
    firstRow: number,
  ): void {
    const entries = this.#entries
    entries.clear()
    for (let row = 0; row < rows; row++) {
      const place = first + row * stride
      const [start, end] = [places[place], places[place + 1]]
      const count = this.#begin(values, start, end, firstRow + row)
      const isLong = count > this.#mostEntries || end - start > LONG_BYTES
      if (entries.count > 0 && (isLong || entries.count + Math.max(1, count) > this.#mostEntries)) {
        this.#collectEntries(values, firstRow + row - entries.rows)
        entries.clear()
      }
      if (isLong) this.#collectLongRow(values, start, end, count, firstRow + row)
      else if (start === NULL) entries.addNull()
      else this.#addElements(values, start, end, count, firstRow + row)
    }
    if (entries.count > 0) this.#collectEntries(values, firstRow + rows - entries.rows)
  }

  /** Returns the number of the elements: 0 for NULL too. */
  #begin(values: Values, start: number, end: number, row: number): number {
    if (start === NULL) {
      if (this.#isRequired) throw nullError(this.name, row, null)
      return 0
    }
    const count = this.#reader.begin(values, start, end)
    if (count < 0) throw this.#refuse(values, start, end, row)
    return count
  }

  /** Adds the next elements of the list that is at `start`. */
  #addElements(
    values: Values,
    start: number,
    end: number,
    count: number,
    row: number,
    isRowStart = true,
  ): void {
    const entries = this.#entries
    entries.room(count)
    if (!this.#reader.next(values, entries.places, entries.count, count))
      throw this.#refuse(values, start, end, row)
    entries.add(count, isRowStart)
  }

  #collectEntries(values: Values, firstRow: number): void {
    this.#levels.beginBatch()
    this.#elements.collect(values, this.#entries.places, 0, 2, this.#entries.count, firstRow)
  }

  /** Takes a row of more entries than a page has, part by part: the places of all its elements would take more memory than they do. */
  #collectLongRow(values: Values, start: number, end: number, count: number, row: number): void {
    const entries = this.#entries
    this.#elements.startRow(end - start > LONG_BYTES ? end - start : 0, count)
    for (let taken = 0; taken < count; ) {
      const some = Math.min(count - taken, this.#mostEntries)
      entries.clear()
      entries.isPart = true
      this.#addElements(values, start, end, some, row, taken === 0)
      this.#collectEntries(values, row)
      taken += some
    }
    this.#elements.endRow()
    entries.clear()
  }

  /** Begins a value of `length` bytes that comes in pieces. It is gathered whole. */
  startLong(length: number): void {
    this.#long = Buffer.allocUnsafeSlow(length)
    this.#longAt = 0
  }

  piece(source: Buffer, start: number, end: number): void {
    source.copy(this.#long, this.#longAt, start, end)
    this.#longAt += end - start
  }

  endLong(values: Values, row: number): void {
    values.use(this.#long)
    this.collect(values, Int32Array.of(0, this.#longAt), 0, 2, 1, row)
    this.#long = NO_BYTES
    values.use(NO_BYTES)
    // Its memory must be free before the page is compressed.
    collectGarbage('everywhere')
  }

  /** Ends the group. Returns how many elements are distinct, or null if that is not known. */
  endGroup(): number | null {
    return this.#elements.endGroup()
  }

  #refuse({ source }: Values, start: number, end: number, row: number) {
    return valueError(this.name, row, '', this.#reader.refusal(source, start, end))
  }
}
