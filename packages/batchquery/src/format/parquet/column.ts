import { collectGarbage } from '../../platform/index.ts'
import type { Shapes } from '../geometry/shapes.ts'
import { IndexedValues } from './indexed-values.ts'
import type { ColumnLimits } from './limits.ts'
import { OpenPage } from './open-page.ts'
import type { PageTaker } from './page.ts'
import type { Reader } from './readers/reader.ts'
import { readerFor } from './readers/reader-for.ts'
import { type ParquetColumn, PHYSICAL, type Physical, physicalOf } from './type.ts'
import { isLongUtf8 } from './utf8.ts'
import { valueError } from './value-error.ts'
import type { Values } from './values.ts'

const LENGTH_BYTES = 4
const NO_BYTES = Buffer.alloc(0)

/** Collects the values of one column and makes pages of them. */
export class Column {
  readonly name: string
  readonly physical: Physical
  /** Zero and partial dates that became NULL. */
  zeroDates = 0
  readonly #reader: Reader
  readonly #limits: ColumnLimits
  readonly #page: OpenPage
  /** Null if the column will never have a dictionary. */
  #indexed: IndexedValues | null
  /** Whether values of this group go to the dictionary. */
  #isIndexed: boolean
  #indexedRows = 0
  #plainRows = 0
  /** The value that comes in pieces, if its page cannot take them as they are. */
  #long: Buffer | null = null
  #longAt = 0

  constructor(column: ParquetColumn, limits: ColumnLimits, pages: PageTaker) {
    this.name = column.name
    this.physical = physicalOf(column.type)
    this.#reader = readerFor(column)
    this.#limits = limits
    this.#page = new OpenPage(this.physical, limits, pages)
    this.#isIndexed = this.physical.type !== PHYSICAL.BOOLEAN
    this.#indexed = this.#isIndexed
      ? new IndexedValues(this.#reader, limits.dictionaryEntries, limits.dictionaryBytes)
      : null
  }

  /** Raw bytes of the group, with those of the open page. */
  get rawBytes(): number {
    return this.#page.closedBytes + this.#page.bytes + (this.#indexed?.rawBytes ?? 0)
  }

  /**
   * Takes `rows` values: the places of row r are at `first + r * stride`.
   *
   * @param firstRow the number of the first of these rows in the result, from 1 on
   * @throws QUERY_FAILED for a value that the type cannot hold
   */
  collect(
    values: Values,
    places: Int32Array,
    first: number,
    stride: number,
    rows: number,
    firstRow: number,
  ): void {
    const { pageRows } = this.#limits
    const { levels } = this.#page
    let row = 0
    while (row < rows) {
      const place = first + row * stride
      const most = Math.min(rows - row, pageRows - levels.rows)
      row += this.#isIndexed
        ? this.#collectIndices(values, places, place, stride, most, firstRow + row)
        : this.#collectPlain(values, places, place, stride, most, firstRow + row)
      if (levels.rows >= pageRows) this.#closePage()
    }
  }

  #collectIndices(
    values: Values,
    places: Int32Array,
    place: number,
    stride: number,
    rows: number,
    firstRow: number,
  ): number {
    const indexed = this.#indexed
    if (indexed === null) return 0
    this.#gather(values, places, place, stride, rows)
    const found = indexed.add(values)
    if (found < values.count) {
      const taken = values.rowOf(found)
      if (indexed.dictionary.stop === 'refused') throw this.#refuse(values, found, firstRow + taken)
      this.#gather(values, places, place, stride, taken)
      this.#accept(values, taken)
      this.#leaveDictionary(indexed)
      return taken
    }
    this.#accept(values, rows)
    if (indexed.isTrialOver && indexed.isWorthless) this.#leaveDictionary(indexed)
    return rows
  }

  #collectPlain(
    values: Values,
    places: Int32Array,
    place: number,
    stride: number,
    most: number,
    firstRow: number,
  ): number {
    const { pageBytes } = this.#limits
    let rows = most
    for (;;) {
      this.#gather(values, places, place, stride, rows)
      const needed = this.#reader.room(values, 0, values.count)
      if (this.#page.bytes + needed > pageBytes) {
        if (this.#page.levels.rows > 0) {
          this.#closePage()
          continue
        }
        if (rows > 1) {
          rows = rows >> 1
          continue
        }
      }
      const out = this.#page.room(needed)
      const end = this.#reader.read(values, 0, values.count, out.bytes, out.view, out.at)
      if (end < 0) throw this.#refuse(values, -1 - end, firstRow + values.rowOf(-1 - end))
      this.#page.bounds.update(out.bytes, out.view, out.at, end)
      out.at = end
      this.#accept(values, rows)
      return rows
    }
  }

  #gather(values: Values, places: Int32Array, place: number, stride: number, rows: number): void {
    if (this.#reader.hasZeroDates) values.gatherDates(places, place, stride, rows)
    else values.gather(places, place, stride, rows)
  }

  #accept(values: Values, rows: number): void {
    this.zeroDates += values.zeroDates
    this.#page.levels.add(values, rows)
  }

  /** Begins a value of `length` bytes that comes in pieces, which gets a page of its own. */
  startLong(length: number): void {
    this.#closePage()
    this.#isIndexed = false
    this.#longAt = 0
    if (!this.#reader.isCopy) {
      this.#long = Buffer.allocUnsafeSlow(length)
      return
    }
    this.#page.useLong(LENGTH_BYTES + length)
    const { view, at } = this.#page.buffer
    view.setInt32(at, length, true)
  }

  piece(source: Buffer, start: number, end: number): void {
    const { bytes, at } = this.#page.buffer
    if (this.#long !== null) source.copy(this.#long, this.#longAt, start, end)
    else source.copy(bytes, at + LENGTH_BYTES + this.#longAt, start, end)
    this.#longAt += end - start
  }

  endLong(values: Values, row: number): void {
    if (this.#long === null) this.#endCopy(row)
    else {
      this.#convertLong(values, row)
      // Its memory must be free before the page is compressed.
      collectGarbage('everywhere')
    }
    this.#closePage()
  }

  #convertLong(values: Values, row: number): void {
    values.single(this.#long ?? NO_BYTES, 0, this.#longAt)
    this.#long = null
    this.#page.useLong(this.#reader.room(values, 0, 1))
    this.collect(values, Int32Array.of(0, this.#longAt), 0, 2, 1, row)
    values.use(NO_BYTES)
  }

  #endCopy(row: number): void {
    const { buffer, bounds, levels } = this.#page
    const { bytes, view, at } = buffer
    const start = at + LENGTH_BYTES
    const end = start + this.#longAt
    if (this.physical.order === 'utf8' && !isLongUtf8(bytes, start, end)) {
      const shown = bytes.toString('utf8', start, Math.min(end, start + 200))
      throw valueError(this.name, row, shown, this.#reader.refusal(bytes, start, end))
    }
    bounds.update(bytes, view, at, end)
    buffer.at = end
    levels.addValue()
  }

  /** Ends the group. Returns how many values are distinct, or null if that is not known. */
  endGroup(): number | null {
    this.#closePage()
    const indexed = this.#indexed
    let distinct: number | null = null
    if (indexed !== null) {
      const { count, values } = indexed.dictionary
      if (indexed.pages > 0) this.#page.addDictionary(count, values)
      if (indexed.pages > 0 && this.#plainRows === 0 && this.#reader.isOneToOne) distinct = count
      if (this.#plainRows > Math.max(this.#indexedRows, indexed.trialValues)) this.#indexed = null
      indexed.endGroup()
    }
    this.#isIndexed = this.#indexed !== null
    this.#indexedRows = 0
    this.#plainRows = 0
    this.#page.closedBytes = 0
    return distinct
  }

  /** Takes the shapes of the group. Null if the column has no geometries. */
  takeShapes(): Shapes | null {
    return this.#reader.takeShapes?.() ?? null
  }

  #closePage(): void {
    const { rows } = this.#page.levels
    if (rows === 0) return
    const indexed = this.#isIndexed ? this.#indexed : null
    if (indexed?.isWorthless) this.#unfold(indexed)
    if (indexed !== null && indexed.dictionary.count > 0) {
      indexed.writePage(this.#page.buffer, this.#page.bounds)
      this.#indexedRows += rows
      this.#page.closeIndices()
    } else {
      this.#plainRows += rows
      this.#page.closeValues()
    }
  }

  /** The rest of the group is plain. The pages that have ended keep their dictionary. */
  #leaveDictionary(indexed: IndexedValues): void {
    if (indexed.isWorthless) {
      const isSure = indexed.isTrialOver
      this.#unfold(indexed)
      if (isSure) this.#indexed = null
    } else this.#closePage()
    this.#isIndexed = false
  }

  /** Turns the open page of indices into plain values. */
  #unfold(indexed: IndexedValues): void {
    indexed.unfold(this.#page.buffer, this.#page.bounds)
    this.#isIndexed = false
  }

  #refuse({ source, starts, ends }: Values, index: number, row: number) {
    const [start, end] = [starts[index], ends[index]]
    return valueError(
      this.name,
      row,
      source.toString('utf8', start, end),
      this.#reader.refusal(source, start, end),
    )
  }
}
