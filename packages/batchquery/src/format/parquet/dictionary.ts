import { copyWords, PageBuffer } from './page-buffer.ts'
import type { Reader } from './readers/reader.ts'
import { Values, WORD_SLACK } from './values.ts'

const FIRST_ENTRIES = 64
const FIRST_BYTES = 256
const LENGTH_BYTES = 4
const MULTIPLIER = 0x85ebca6b
const OF_LENGTH = 0x9e3779b1
/** Word writes of readers go past the end. */
const SLACK = 8

/** A value at the end of its source, with room after it. One for all columns. */
const last = new Values()
let lastBytes = Buffer.alloc(64)

/** Why `lookUp` stopped before the last value. */
export type Stop = 'full' | 'refused'

/**
 * The distinct values of a column in a row group, found by the bytes that the server sent: each is read only once.
 * Entry k has its PLAIN form in `values`, from `starts[k]` to `starts[k + 1]`.
 */
export class Dictionary {
  count = 0
  readonly values = new PageBuffer(FIRST_BYTES)
  starts = new Int32Array(FIRST_ENTRIES + 1)
  stop: Stop = 'full'
  /** Sources of the entries; those of a reader that copies are part of `values`. */
  readonly #keys: PageBuffer
  #keyStarts = new Int32Array(FIRST_ENTRIES)
  #keyLengths = new Int32Array(FIRST_ENTRIES)
  #hashes = new Int32Array(FIRST_ENTRIES)
  /** By hash: 1 + the entry, or 0. At most half full. */
  #table = new Int32Array(2 * FIRST_ENTRIES)
  readonly #reader: Reader
  readonly #mostEntries: number
  readonly #mostBytes: number

  constructor(reader: Reader, mostEntries: number, mostBytes: number) {
    this.#reader = reader
    this.#mostEntries = mostEntries
    this.#mostBytes = mostBytes
    this.#keys = reader.isCopy ? this.values : new PageBuffer(FIRST_BYTES)
  }

  clear(): void {
    if (this.count === 0) return
    this.#table.fill(0)
    this.count = 0
    this.values.at = 0
    this.#keys.at = 0
  }

  /**
   * Writes the entries of the values from index `from` on to `indices`, and adds what is new. Returns `to`, or the
   * index of the first value that it did not take, for the reason in `stop`.
   */
  lookUp(values: Values, from: number, to: number, indices: Uint16Array, first: number): number {
    const { view, starts, ends } = values
    const lastEnd = (values.source.length - WORD_SLACK) | 0
    let keys = this.#keys.view
    let table = this.#table
    let hashes = this.#hashes
    let keyStarts = this.#keyStarts
    let keyLengths = this.#keyLengths
    let at = first | 0
    for (let k = from | 0; k < to; k = (k + 1) | 0) {
      const start = starts[k] | 0
      const end = ends[k] | 0
      if (end > lastEnd) {
        if (!this.#lookUpLast(values, k, indices, at)) return k
        keys = this.#keys.view
        table = this.#table
        hashes = this.#hashes
        keyStarts = this.#keyStarts
        keyLengths = this.#keyLengths
        at = (at + 1) | 0
        continue
      }
      const length = (end - start) | 0
      const hash = hashOf(view, start, end)
      const mask = (table.length - 1) | 0
      let slot = hash & mask
      let entry = (table[slot] - 1) | 0
      while (entry >= 0) {
        if (
          hashes[entry] === hash &&
          keyLengths[entry] === length &&
          isEqual(view, start, length, keys, keyStarts[entry])
        )
          break
        slot = (slot + 1) & mask
        entry = (table[slot] - 1) | 0
      }
      if (entry < 0) {
        entry = this.#add(values, k, hash, slot)
        if (entry < 0) return k
        keys = this.#keys.view
        table = this.#table
        hashes = this.#hashes
        keyStarts = this.#keyStarts
        keyLengths = this.#keyLengths
      }
      indices[at] = entry
      at = (at + 1) | 0
    }
    return to
  }

  #lookUpLast(values: Values, k: number, indices: Uint16Array, at: number): boolean {
    const length = values.ends[k] - values.starts[k]
    if (length > this.#mostBytes) {
      this.stop = 'full'
      return false
    }
    if (length + SLACK > lastBytes.length) lastBytes = Buffer.alloc(2 * length + SLACK)
    values.source.copy(lastBytes, 0, values.starts[k], values.ends[k])
    last.single(lastBytes, 0, length)
    return this.lookUp(last, 0, 1, indices, at) === 1
  }

  /** Returns the new entry, or -1 and sets `stop`. */
  #add(values: Values, k: number, hash: number, slot: number): number {
    const { starts, ends } = values
    const length = ends[k] - starts[k]
    const needed = this.#reader.room(values, k, k + 1)
    const { count, values: out } = this
    this.stop = 'full'
    if (count >= this.#mostEntries || out.at + needed + this.#keys.at + length > this.#mostBytes) return -1
    out.room(needed + SLACK)
    const end = this.#reader.read(values, k, k + 1, out.bytes, out.view, out.at)
    if (end < 0) {
      this.stop = 'refused'
      return -1
    }
    if (count + 1 >= this.starts.length) this.#growEntries()
    this.starts[count] = out.at
    this.starts[count + 1] = end
    if (this.#reader.isCopy) this.#keyStarts[count] = out.at + LENGTH_BYTES
    else {
      const keys = this.#keys
      keys.room(length + SLACK)
      copyWords(values, starts[k], ends[k], keys)
      this.#keyStarts[count] = keys.at
      keys.at += length
    }
    out.at = end
    this.#keyLengths[count] = length
    this.#hashes[count] = hash
    this.#table[slot] = count + 1
    this.count = count + 1
    if (2 * this.count > this.#table.length) this.#growTable()
    return count
  }

  #growEntries(): void {
    const size = 2 * this.#hashes.length
    this.starts = grown(this.starts, size + 1)
    this.#keyStarts = grown(this.#keyStarts, size)
    this.#keyLengths = grown(this.#keyLengths, size)
    this.#hashes = grown(this.#hashes, size)
  }

  #growTable(): void {
    const table = new Int32Array(2 * this.#table.length)
    const mask = table.length - 1
    for (let entry = 0; entry < this.count; entry++) {
      let slot = this.#hashes[entry] & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = entry + 1
    }
    this.#table = table
  }
}

function grown(array: Int32Array, size: number) {
  const larger = new Int32Array(size)
  larger.set(array)
  return larger
}

/** By words; the caller sees to it that the source goes on for three bytes. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = Math.imul(end - start, OF_LENGTH)
  const lastWord = (end - 4) | 0
  let p = start | 0
  for (; p <= lastWord; p = (p + 4) | 0) {
    hash = Math.imul(hash ^ view.getInt32(p, true), MULTIPLIER)
    hash ^= hash >>> 13
  }
  if (p < end) {
    hash = Math.imul(hash ^ (view.getInt32(p, true) & ~(-1 << ((end - p) << 3))), MULTIPLIER)
    hash ^= hash >>> 13
  }
  return hash ^ (hash >>> 16)
}

/** Whether `length` bytes are equal; both sources go on for three bytes. */
function isEqual(a: DataView, aStart: number, length: number, b: DataView, bStart: number): boolean {
  const lastWord = (length - 4) | 0
  let p = 0 | 0
  for (; p <= lastWord; p = (p + 4) | 0)
    if (a.getInt32(aStart + p, true) !== b.getInt32(bStart + p, true)) return false
  if (p === length) return true
  const differing = a.getInt32(aStart + p, true) ^ b.getInt32(bStart + p, true)
  return (differing & ~(-1 << ((length - p) << 3))) === 0
}
