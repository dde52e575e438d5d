import type { Bounds } from './bounds.ts'
import type { ColumnLimits } from './column-limits.ts'
import { IndexedValues, TRIAL_VALUES } from './indexed-values.ts'
import { Levels, levelBytes } from './levels.ts'
import { boundsFor } from './number-bounds.ts'
import { ENCODING, PAGE_TYPE, type PageEncoding, type PageTaker, type RawPage } from './page.ts'
import { PageBuffer, packBooleans } from './page-buffer.ts'
import type { Reader } from './readers/reader.ts'
import { readerFor } from './readers/reader-for.ts'
import { type ParquetColumn, PHYSICAL, type Physical, physicalOf } from './type.ts'
import { isLongUtf8 } from './utf8.ts'
import { valueError } from './value-error.ts'
import type { Values } from './values.ts'

const FIRST_PAGE_BYTES = 512
const LENGTH_BYTES = 4
const NO_BYTES = Buffer.alloc(0)
/** Word writes of readers go past the end. */
const SLACK = 8
/** Collects the values of one column and makes pages of them. */
export class Column {
  readonly name: string
  readonly physical: Physical
  /** Zero and partial dates that became NULL. */
  zeroDates = 0
  /** Raw bytes of the closed pages of the group. */
  #closedBytes = 0
  readonly #reader: Reader
  readonly #limits: ColumnLimits
  readonly #pages: PageTaker
  /** How many bytes a page buffer has at most, except for one long value. */
  readonly #mostBytes: number
  readonly #bounds: Bounds
  readonly #levels = new Levels()
  /** The levels are written right before the values when a page ends, so that it is one range of bytes. */
  readonly #prefix: number
  #page: PageBuffer
  /** Null if the column will never have a dictionary. */
  #indexed: IndexedValues | null
  /** Whether values of this group go to the dictionary. */
  #isIndexed: boolean
  #indexedRows = 0
  #plainRows = 0

  constructor(column: ParquetColumn, limits: ColumnLimits, pages: PageTaker) {
    this.name = column.name
    this.physical = physicalOf(column.type)
    this.#reader = readerFor(column)
    this.#limits = limits
    this.#pages = pages
    this.#bounds = boundsFor(this.physical.order)
    this.#prefix = levelBytes(limits.pageRows)
    this.#mostBytes = this.#prefix + limits.pageBytes + SLACK
    this.#page = new PageBuffer(this.#prefix + FIRST_PAGE_BYTES)
    this.#page.at = this.#prefix
    this.#isIndexed = this.physical.type !== PHYSICAL.BOOLEAN
    this.#indexed = this.#isIndexed
      ? new IndexedValues(this.#reader, limits.dictionaryEntries, limits.dictionaryBytes)
      : null
  }

  get openBytes(): number {
    return this.#page.at - this.#prefix + 2 * (this.#indexed?.count ?? 0)
  }

  /** Raw bytes of the group, with those of the open page. */
  get rawBytes(): number {
    return this.#closedBytes + this.openBytes
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
    let row = 0
    while (row < rows) {
      const place = first + row * stride
      const most = Math.min(rows - row, pageRows - this.#levels.rows)
      row += this.#isIndexed
        ? this.#collectIndices(values, places, place, stride, most, firstRow + row)
        : this.#collectPlain(values, places, place, stride, most, firstRow + row)
      if (this.#levels.rows >= pageRows) this.#closePage()
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
      if (this.#page.at - this.#prefix + needed > pageBytes) {
        if (this.#levels.rows > 0) {
          this.#closePage()
          continue
        }
        if (rows > 1) {
          rows = rows >> 1
          continue
        }
      }
      const page = this.#page
      page.room(needed + SLACK, this.#mostBytes)
      const end = this.#reader.read(values, 0, values.count, page.bytes, page.view, page.at)
      if (end < 0) throw this.#refuse(values, -1 - end, firstRow + values.rowOf(-1 - end))
      this.#bounds.update(page.bytes, page.view, page.at, end)
      page.at = end
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
    this.#levels.add(values, rows)
  }

  // A value in pieces.

  #long: Buffer | null = null
  #longAt = 0

  /** Begins a value of `length` bytes that comes in pieces, which gets a page of its own. */
  startLong(length: number): void {
    this.#closePage()
    this.#isIndexed = false
    this.#longAt = 0
    this.#page = this.#pages.long(this.#prefix + LENGTH_BYTES + length + SLACK)
    this.#page.at = this.#prefix
    if (this.#reader.isCopy) this.#page.view.setInt32(this.#page.at, length, true)
    else this.#long = Buffer.allocUnsafeSlow(length)
  }

  piece(source: Buffer, start: number, end: number): void {
    if (this.#long !== null) source.copy(this.#long, this.#longAt, start, end)
    else source.copy(this.#page.bytes, this.#page.at + LENGTH_BYTES + this.#longAt, start, end)
    this.#longAt += end - start
  }

  endLong(values: Values, row: number): void {
    const long = this.#long
    if (long === null) this.#endCopy(row)
    else {
      this.#long = null
      values.use(long)
      this.collect(values, Int32Array.of(0, this.#longAt), 0, 2, 1, row)
      values.use(NO_BYTES)
    }
    this.#closePage()
  }

  #endCopy(row: number): void {
    const { bytes, view, at } = this.#page
    const start = at + LENGTH_BYTES
    const end = start + this.#longAt
    if (this.physical.order === 'utf8' && !isLongUtf8(bytes, start, end)) {
      const shown = bytes.toString('utf8', start, Math.min(end, start + 200))
      throw valueError(this.name, row, shown, this.#reader.refusal(bytes, start, end))
    }
    this.#bounds.update(bytes, view, at, end)
    this.#page.at = end
    this.#levels.addValue()
  }

  /** Ends the group. Returns how many values are distinct, or null if that is not known. */
  endGroup(): number | null {
    this.#closePage()
    const indexed = this.#indexed
    let distinct: number | null = null
    if (indexed !== null) {
      if (indexed.pages > 0) this.#closeDictionary(indexed)
      if (indexed.pages > 0 && this.#plainRows === 0 && this.#reader.isOneToOne)
        distinct = indexed.dictionary.count
      if (this.#plainRows > Math.max(this.#indexedRows, TRIAL_VALUES)) this.#indexed = null
      indexed.endGroup()
    }
    this.#isIndexed = this.#indexed !== null
    this.#indexedRows = 0
    this.#plainRows = 0
    this.#closedBytes = 0
    return distinct
  }

  #closePage(): void {
    const { rows, nulls } = this.#levels
    if (rows === 0) return
    const indexed = this.#isIndexed ? this.#indexed : null
    if (indexed?.isWorthless) this.#unfold(indexed)
    let encoding: PageEncoding = ENCODING.PLAIN
    if (indexed !== null && indexed.dictionary.count > 0) {
      encoding = ENCODING.RLE_DICTIONARY
      indexed.writePage(this.#page, this.#bounds)
      this.#indexedRows += rows
    } else this.#plainRows += rows
    if (this.physical.type === PHYSICAL.BOOLEAN) packBooleans(this.#page, this.#prefix)
    const buffer = this.#page
    const start = this.#levels.write(buffer.bytes, this.#prefix)
    const bound = this.#bounds.take()
    this.#give({ type: PAGE_TYPE.DATA, encoding, rows, nulls, bound, buffer, start, end: buffer.at })
  }

  #closeDictionary({ dictionary: { count, values } }: IndexedValues): void {
    const buffer = this.#page
    const start = this.#prefix
    buffer.room(values.at)
    values.bytes.copy(buffer.bytes, start, 0, values.at)
    const end = start + values.at
    const { PLAIN: encoding } = ENCODING
    this.#give({
      type: PAGE_TYPE.DICTIONARY,
      encoding,
      rows: count,
      nulls: 0,
      bound: null,
      buffer,
      start,
      end,
    })
  }

  #give(page: RawPage): void {
    this.#closedBytes += page.end - page.start
    const firstBytes = this.#prefix + FIRST_PAGE_BYTES
    const next = this.#pages.take(page, firstBytes)
    const isUsual = next.bytes.length >= firstBytes && next.bytes.length <= 2 * this.#mostBytes
    this.#page = isUsual ? next : new PageBuffer(firstBytes)
    this.#page.at = this.#prefix
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
    indexed.unfold(this.#page, this.#bounds)
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
