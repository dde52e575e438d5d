import type { PageBuffer } from './page-buffer.ts'
import type { Values } from './values.ts'

const LENGTH_BYTES = 4
const LONGEST_HEADER = 5

/**
 * The levels of the open page of a column. They say which entries have a value. An entry is a row, or in a list column an
 * element or a list without elements.
 */
export interface Levels {
  rows: number
  entries: number
  /** Entries without a value. */
  nulls: number
  /** The most bytes of the levels of a page with so many entries. */
  room(entries: number): number
  /** Takes the first entries of a batch. */
  add(values: Values, entries: number): void
  /** Returns after how many of the next `entries` entries, at most, a page can end. */
  cut(entries: number): number
  /** Returns after about how many of the next `entries` entries a page can end. `entries` if it can end nowhere before. */
  split(entries: number): number
  /** Returns the row of the batch that has an entry of it. */
  rowOf(entry: number): number
  /** Writes the levels right before the values, which begin at `first`. Begins a new page. Returns where the levels start. */
  write(page: PageBuffer, first: number): number
}

abstract class FlatLevels {
  rows = 0
  nulls = 0

  get entries(): number {
    return this.rows
  }

  cut(entries: number): number {
    return entries
  }

  split(entries: number): number {
    return entries > 1 ? entries >> 1 : entries
  }

  rowOf(entry: number): number {
    return entry
  }
}

/** A required column has no levels. */
export class NoLevels extends FlatLevels implements Levels {
  room(): number {
    return 0
  }

  add(_values: Values, rows: number): void {
    this.rows += rows
  }

  write(_page: PageBuffer, first: number): number {
    this.rows = 0
    return first
  }
}

/** The definition levels of an optional column: a bit for each row, 0 for NULL. */
export class OptionalLevels extends FlatLevels implements Levels {
  #bits = new Uint8Array(64).fill(255)

  room(rows: number): number {
    return levelBytes(rows, 1)
  }

  add(values: Values, rows: number): void {
    const first = this.rows | 0
    const end = (first + rows) | 0
    if (values.nulls > 0) {
      if (end > this.#bits.length << 3) this.#grow(end)
      const bits = this.#bits
      const { nullRows, nulls } = values
      let k = 0 | 0
      for (; k < nulls && nullRows[k] < rows; k = (k + 1) | 0) {
        const row = (first + nullRows[k]) | 0
        bits[row >> 3] &= ~(1 << (row & 7))
      }
      this.nulls += k
    }
    this.rows = end
  }

  write({ bytes }: PageBuffer, first: number): number {
    const { rows, nulls } = this
    const run = nulls === 0 ? 1 : nulls === rows ? 0 : null
    if (rows > this.#bits.length << 3) this.#grow(rows)
    const start = writeLevels(bytes, first, rows, 1, run ?? this.#bits)
    if (nulls > 0) this.#bits.fill(255)
    this.rows = 0
    this.nulls = 0
    return start
  }

  #grow(rows: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#bits.length, (rows + 7) >> 3)).fill(255)
    larger.set(this.#bits)
    this.#bits = larger
  }
}

/** The most bytes of levels of so many bits. */
export const levelBytes = (entries: number, bits: 1 | 2): number =>
  LENGTH_BYTES + LONGEST_HEADER + bits * ((entries + 7) >> 3)

/**
 * Writes levels so that they end at `end`: one run, or all as packed bits, the first entry in the lowest ones.
 *
 * @param levels the level that all entries have, or their bits
 * @returns where they start
 */
export function writeLevels(
  out: Buffer,
  end: number,
  entries: number,
  bits: 1 | 2,
  levels: number | Uint8Array,
): number {
  const groups = (entries + 7) >> 3
  const isRun = typeof levels === 'number'
  const payload = isRun ? 1 : bits * groups
  const header = isRun ? entries * 2 : groups * 2 + 1
  const start = end - payload - varintBytes(header) - LENGTH_BYTES
  let at = out.writeUInt32LE(end - start - LENGTH_BYTES, start)
  let rest = header
  for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128
  out[at++] = rest
  if (isRun) out[at] = levels
  else {
    out.set(levels.subarray(0, payload), at)
    // The last group is filled up with zeros.
    const used = bits * entries
    if ((used & 7) !== 0) out[at + (used >> 3)] &= ~(-1 << (used & 7))
    out.fill(0, at + ((used + 7) >> 3), end)
  }
  return start
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest >>>= 7) bytes++
  return bytes
}
