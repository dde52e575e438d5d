import { collectGarbage } from '../../platform/index.ts'
import type { Shapes } from '../geometry/shapes.ts'
import { IndexedValues } from './indexed-values.ts'
import { type Levels, NoLevels, OptionalLevels } from './levels.ts'
import type { ColumnLimits } from './limits.ts'
import { OpenPage } from './open-page.ts'
import type { PageTaker } from './page.ts'
import type { Reader } from './readers/reader.ts'
import { readerFor } from './readers/reader-for.ts'
import { type LeafColumn, PHYSICAL, type Physical, physicalOf } from './type.ts'
import { isLongUtf8 } from './utf8.ts'
import { nullError, valueError } from './value-error.ts'
import type { Values } from './values.ts'

const LENGTH_BYTES = 4
const NO_BYTES = Buffer.alloc(0)

/** Collects the values of one column and makes pages of them. Its entries are rows, or the elements of a list column. */
export class Column {
  readonly name: string
  readonly physical: Physical
  /** Zero and partial dates that became NULL. */
  zeroDates = 0
  readonly #reader: Reader
  readonly #limits: ColumnLimits
  readonly #page: OpenPage
  readonly #isRequired: boolean
  /** Null if the column will never have a dictionary. */
  #indexed: IndexedValues | null
  /** Whether values of this group go to the dictionary. */
  #isIndexed: boolean
  #indexedEntries = 0
  #plainEntries = 0
  /** Whether a row is open that has a page of its own. */
  #isRowOpen = false
  /** The row of the result that the batch begins with, and how many of its entries have been collected. */
  #firstRow = 1
  #done = 0
  /** The value that comes in pieces, if its page cannot take them as they are. */
  #long: Buffer | null = null
  #longAt = 0

  /** @param levels of a list @default - those of a column whose entries are rows */
  constructor(column: LeafColumn, limits: ColumnLimits, pages: PageTaker, levels?: Levels) {
    this.name = column.name
    this.#isRequired = levels === undefined && column.isRequired === true
    this.physical = physicalOf(column.type)
    this.#reader = readerFor(column)
    this.#limits = limits
    const own = levels ?? (this.#isRequired ? new NoLevels() : new OptionalLevels())
    this.#page = new OpenPage(this.physical, limits, own, pages)
    this.#isIndexed = this.physical.type !== PHYSICAL.BOOLEAN
    this.#indexed = this.#isIndexed ? new IndexedValues(this.#reader, limits) : null
  }

  /** Raw bytes of the group, with those of the open page. */
  get rawBytes(): number {
    return this.#page.closedBytes + this.#page.bytes + (this.#indexed?.rawBytes ?? 0)
  }

  /**
   * Takes `entries` values: the places of entry k are at `first + k * stride`.
   *
   * @param firstRow the number of the first row in the result, from 1 on
   * @throws QUERY_FAILED for a value that the type cannot hold
   */
  collect(
    values: Values,
    places: Int32Array,
    first: number,
    stride: number,
    entries: number,
    firstRow: number,
  ): void {
    const { pageRows } = this.#limits
    const { levels } = this.#page
    this.#firstRow = firstRow
    this.#done = 0
    while (this.#done < entries) {
      const room = this.#isRowOpen ? entries : pageRows - levels.entries
      const most = levels.cut(Math.min(entries - this.#done, room))
      const place = first + this.#done * stride
      if (most > 0)
        this.#done += this.#isIndexed
          ? this.#collectIndices(values, places, place, stride, most)
          : this.#collectPlain(values, places, place, stride, most)
      if (!this.#isRowOpen && (most === 0 || levels.entries >= pageRows)) this.#closePage()
    }
  }

  #collectIndices(
    values: Values,
    places: Int32Array,
    place: number,
    stride: number,
    entries: number,
  ): number {
    const indexed = this.#indexed
    if (indexed === null) return 0
    this.#gather(values, places, place, stride, entries)
    const found = indexed.add(values)
    if (found < values.count) {
      const taken = values.rowOf(found)
      if (indexed.dictionary.stop === 'refused') throw this.#refuse(values, found, taken)
      // The page may have to end here.
      const kept = this.#page.levels.cut(taken)
      this.#gather(values, places, place, stride, kept)
      indexed.dropLast(found - values.count)
      this.#accept(values, kept)
      this.#leaveDictionary(indexed)
      return kept
    }
    this.#accept(values, entries)
    if (indexed.isTrialOver && indexed.isWorthless) this.#leaveDictionary(indexed)
    return entries
  }

  #collectPlain(values: Values, places: Int32Array, place: number, stride: number, most: number): number {
    const { pageBytes } = this.#limits
    const { levels } = this.#page
    let entries = most
    for (;;) {
      this.#gather(values, places, place, stride, entries)
      const needed = this.#reader.room(values, 0, values.count)
      if (this.#page.bytes + needed > pageBytes && !this.#isRowOpen) {
        if (levels.rows > 0) {
          this.#closePage()
          if (this.#isIndexed) return 0
          continue
        }
        const fewer = levels.split(entries)
        if (fewer < entries) {
          entries = fewer
          continue
        }
      }
      const out = this.#page.room(needed, this.#isRowOpen)
      const end = this.#reader.read(values, 0, values.count, out.bytes, out.view, out.at)
      if (end < 0) throw this.#refuse(values, -1 - end, values.rowOf(-1 - end))
      this.#page.bounds.update(out.bytes, out.view, out.at, end)
      out.at = end
      this.#accept(values, entries)
      return entries
    }
  }

  #gather(values: Values, places: Int32Array, place: number, stride: number, entries: number): void {
    const { hasZeroDates } = this.#reader
    if (hasZeroDates === false) values.gather(places, place, stride, entries)
    else values.gatherDates(places, place, stride, entries, hasZeroDates === 'binary')
    if (!this.#isRequired || values.nulls === 0) return
    const [row] = values.nullRows
    const [start, end] = places.subarray(place + row * stride)
    const zeroDate = start < 0 ? null : (this.#reader.refusal(values.source, start, end).shown ?? '')
    throw nullError(this.name, this.#firstRow + this.#done + row, zeroDate)
  }

  #accept(values: Values, entries: number): void {
    this.zeroDates += values.zeroDates
    this.#page.levels.add(values, entries)
  }

  /**
   * Begins a row that has a page of its own, however long it is. Each call of `collect` until `endRow` takes a part of it.
   *
   * @param longBytes the bytes of its values if they need the memory for long values; otherwise 0
   * @param entries of the row
   */
  startRow(longBytes: number, entries: number): void {
    this.#closePage()
    this.#isRowOpen = true
    if (longBytes > 0) this.#page.useLong(longBytes, entries)
  }

  endRow(): void {
    this.#isRowOpen = false
    this.#closePage()
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
    this.#page.useLong(LENGTH_BYTES + length, 1)
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
    if (this.#long === null) this.#endCopy(values, row)
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
    this.#page.useLong(this.#reader.room(values, 0, 1), 1)
    this.collect(values, Int32Array.of(0, this.#longAt), 0, 2, 1, row)
    values.use(NO_BYTES)
  }

  #endCopy(values: Values, row: number): void {
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
    values.single(NO_BYTES, 0, 0)
    levels.add(values, 1)
  }

  /** Ends the group. Returns how many values are distinct, or null if that is not known. */
  endGroup(): number | null {
    this.#closePage()
    const indexed = this.#indexed
    let distinct: number | null = null
    if (indexed !== null) {
      const { count, values } = indexed.dictionary
      if (indexed.pages > 0) this.#page.addDictionary(count, values)
      if (indexed.pages > 0 && this.#plainEntries === 0 && this.#reader.isOneToOne) distinct = count
      if (indexed.endGroup(this.#indexedEntries, this.#plainEntries)) this.#indexed = null
    }
    this.#isIndexed = this.#indexed?.isPaused === false
    this.#indexedEntries = 0
    this.#plainEntries = 0
    this.#page.closedBytes = 0
    return distinct
  }

  /** Takes the shapes of the group. Null if the column has no geometries. */
  takeShapes(): Shapes | null {
    return this.#reader.takeShapes?.() ?? null
  }

  #closePage(): void {
    const { entries } = this.#page.levels
    if (entries === 0) return
    const indexed = this.#isIndexed ? this.#indexed : null
    if (indexed?.isWorthless) this.#unfold(indexed)
    if (indexed !== null && indexed.dictionary.count > 0) {
      indexed.writePage(this.#page.buffer, this.#page.bounds)
      this.#indexedEntries += entries
      this.#page.closeIndices()
    } else {
      this.#plainEntries += entries
      this.#page.closeValues()
      if (this.#indexed?.resumes(this.#plainEntries)) this.#isIndexed = true
    }
  }

  /** The rest of the group is plain. The pages that have ended keep their dictionary. */
  #leaveDictionary(indexed: IndexedValues): void {
    if (indexed.isWorthless) {
      const isSure = indexed.isTrialOver
      this.#unfold(indexed)
      if (isSure) this.#indexed = null
    } else if (this.#isRowOpen) this.#unfold(indexed)
    else this.#closePage()
    this.#isIndexed = false
  }

  /** Turns the open page of indices into plain values. */
  #unfold(indexed: IndexedValues): void {
    indexed.unfold(this.#page.buffer, this.#page.bounds)
    this.#isIndexed = false
  }

  #refuse({ source, starts, ends }: Values, index: number, entry: number) {
    const [start, end] = [starts[index], ends[index]]
    return valueError(
      this.name,
      this.#firstRow + this.#page.levels.rowOf(this.#done + entry),
      source.toString('utf8', start, end),
      this.#reader.refusal(source, start, end),
    )
  }
}
