import { type Levels, levelBytes, writeLevels } from './levels.ts'
import type { PageBuffer } from './page-buffer.ts'
import type { Values } from './values.ts'

const NULL = -1
/** The definition levels of an optional list: of itself if it is NULL or empty, and of its elements. */
const LEVEL = { NULL_LIST: 0, EMPTY_LIST: 1, NULL_ELEMENT: 2, VALUE: 3 } as const
/** Set in the level of an entry that goes on with a row. */
const REPEATED = 4

/** The entries of some rows of a list column, or of a part of one row. One object serves all columns. */
export class Entries {
  /** The start and the end of each value, or -1. */
  places = new Int32Array(512)
  /** The definition level of each entry, with REPEATED. */
  levels = new Uint8Array(256)
  count = 0
  rows = 0
  /** Whether they are a part of one row, so that no page can end between them. */
  isPart = false
  /** The first entry of each row. */
  #starts = new Int32Array(256)

  clear(): void {
    this.count = 0
    this.rows = 0
    this.isPart = false
  }

  addNull(): void {
    this.#addEmpty(LEVEL.NULL_LIST)
  }

  /**
   * Adds `count` elements, whose places the caller has written to `places` from `2 * this.count` on (see `room`). None are an
   * empty list.
   *
   * @param isRowStart whether they begin a row
   */
  add(count: number, isRowStart: boolean): void {
    if (count === 0) {
      this.#addEmpty(LEVEL.EMPTY_LIST)
      return
    }
    if (isRowStart) this.#beginRow()
    const { places, levels } = this
    const first = this.count | 0
    const end = (first + count) | 0
    for (let k = first; k < end; k = (k + 1) | 0)
      levels[k] = REPEATED | (places[k << 1] === NULL ? LEVEL.NULL_ELEMENT : LEVEL.VALUE)
    if (isRowStart) levels[first] &= ~REPEATED
    this.count = end
  }

  /** Makes room for `count` more entries. */
  room(count: number): void {
    const needed = this.count + count
    if (needed <= this.levels.length) return
    const size = Math.max(needed, 2 * this.levels.length)
    const levels = new Uint8Array(size)
    const places = new Int32Array(2 * size)
    levels.set(this.levels)
    places.set(this.places)
    this.levels = levels
    this.places = places
  }

  /** Returns the last place up to `entry` where a row begins, or where the entries end. */
  rowStart(entry: number): number {
    return entry >= this.count ? this.count : this.#starts[this.rowOf(entry)]
  }

  /** Returns the first place after `entry` where a row begins, or where the entries end. */
  nextRowStart(entry: number): number {
    const next = this.rowOf(entry) + 1
    return next < this.rows ? this.#starts[next] : this.count
  }

  rowOf(entry: number): number {
    let low = 0
    let high = this.rows - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle] <= entry) low = middle
      else high = middle - 1
    }
    return low
  }

  #addEmpty(level: number): void {
    this.room(1)
    this.#beginRow()
    this.places[2 * this.count] = this.places[2 * this.count + 1] = NULL
    this.levels[this.count++] = level
  }

  #beginRow(): void {
    if (this.rows === this.#starts.length) {
      const larger = new Int32Array(2 * this.rows)
      larger.set(this.#starts)
      this.#starts = larger
    }
    this.#starts[this.rows++] = this.count
  }
}

/** Repetition and definition levels of a list column. The entries of a batch come from an `Entries`, one after the other. */
export class ListLevels implements Levels {
  rows = 0
  entries = 0
  nulls = 0
  readonly #batch: Entries
  /** A required list has no level for NULL. */
  readonly #lowest: 0 | 1
  /** The entries of the batch that were added. */
  #taken = 0
  #repetition = new Uint8Array(32)
  #definition = new Uint8Array(64)

  constructor(batch: Entries, isRequired: boolean) {
    this.#batch = batch
    this.#lowest = isRequired ? LEVEL.EMPTY_LIST : LEVEL.NULL_LIST
  }

  /** The entries of the batch are new ones. */
  beginBatch(): void {
    this.#taken = 0
  }

  room(entries: number): number {
    return levelBytes(entries, 1) + levelBytes(entries, 2)
  }

  add(_values: Values, entries: number): void {
    if (this.entries + entries > this.#repetition.length << 3) this.#grow(this.entries + entries)
    const repetition = this.#repetition
    const definition = this.#definition
    const { levels } = this.#batch
    const lowest = this.#lowest
    const end = (this.#taken + entries) | 0
    let rows = 0 | 0
    let values = 0 | 0
    let entry = this.entries | 0
    for (let k = this.#taken | 0; k < end; k = (k + 1) | 0) {
      const repeated = (levels[k] >> 2) | 0
      const level = levels[k] & 3
      repetition[entry >> 3] |= repeated << (entry & 7)
      definition[entry >> 2] |= (level - lowest) << ((entry & 3) << 1)
      rows = (rows + 1 - repeated) | 0
      if (level === LEVEL.VALUE) values = (values + 1) | 0
      entry = (entry + 1) | 0
    }
    this.#taken = end
    this.entries = entry
    this.rows += rows
    this.nulls += entries - values
  }

  cut(entries: number): number {
    if (this.#batch.isPart) return entries
    return this.#batch.rowStart(this.#taken + entries) - this.#taken
  }

  split(entries: number): number {
    if (this.#batch.isPart || entries === 0) return entries
    const half = this.cut(entries >> 1)
    return half > 0 ? half : Math.min(entries, this.#batch.nextRowStart(this.#taken) - this.#taken)
  }

  rowOf(entry: number): number {
    return this.#batch.rowOf(entry)
  }

  write(page: PageBuffer, first: number): number {
    const { entries, rows, nulls } = this
    const missing = this.room(entries) - first
    if (missing > 0) {
      page.room(missing)
      page.bytes.copyWithin(first + missing, first, page.at)
      page.at += missing
    }
    const end = first + Math.max(0, missing)
    const definition = nulls === 0 ? LEVEL.VALUE - this.#lowest : this.#definition
    const definitionStart = writeLevels(page.bytes, end, entries, 2, definition)
    const repetition = rows === entries ? 0 : this.#repetition
    const start = writeLevels(page.bytes, definitionStart, entries, 1, repetition)
    this.#repetition.fill(0, 0, (entries + 7) >> 3)
    this.#definition.fill(0, 0, (entries + 3) >> 2)
    this.rows = 0
    this.entries = 0
    this.nulls = 0
    return start
  }

  #grow(entries: number): void {
    const bytes = Math.max(2 * this.#repetition.length, (entries + 7) >> 3)
    const repetition = new Uint8Array(bytes)
    const definition = new Uint8Array(2 * bytes)
    repetition.set(this.#repetition)
    definition.set(this.#definition)
    this.#repetition = repetition
    this.#definition = definition
  }
}
