import { CHUNK_WORDS, type Chunk } from './row-chunks.ts'

/*
 * A row in memory is a record of words of four bytes:
 *
 *     size and the high bits of the row's number │ partition │ low bits of the row's number │ places of the values │ their bytes
 *
 * The places count from the first byte of the values on. A short record has one word for each value (start, and end shifted by
 * 16), a long one two words. NULL is -1.
 */

const HEADER_WORDS = 3
/** Sizes of at most 64 Mi words, and row numbers of at most 37 bits. */
const SIZE_BITS = 26
const SIZE_MASK = (1 << SIZE_BITS) - 1
const HIGH_MASK = 31
const LONG = 1 << 31
const TWO_32 = 2 ** 32
/** The most bytes of the values of a short record. */
export const SHORT_BYTES = 0x7fff
/** A native copy is worth its call. */
const MANY_BYTES = 192
const NO_BYTES = Buffer.alloc(0)

export const sizeAt = (words: Int32Array, at: number): number => words[at] & SIZE_MASK
export const isLongAt = (words: Int32Array, at: number): boolean => words[at] < 0
export const partitionAt = (words: Int32Array, at: number): number => words[at + 1]
export const rowAt = (words: Int32Array, at: number): number =>
  ((words[at] >>> SIZE_BITS) & HIGH_MASK) * TWO_32 + (words[at + 2] >>> 0)

/** Writes rows to chunks as records. */
export class RecordWriter {
  /** The places of the columns that a record has, from the first place of a row on. */
  readonly #kept: Int32Array
  /** The row that was measured last. */
  #source: Buffer = NO_BYTES
  #places: Int32Array = new Int32Array()
  #first = 0
  #viewed: Buffer = NO_BYTES
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** The bytes that `measure` found, and whether they are copied at once. */
  #low = 0
  #high = 0
  #isRange = false

  /** @param kept the columns that a record has */
  constructor(kept: readonly number[]) {
    this.#kept = Int32Array.from(kept, column => 2 * column)
  }

  /** The words of the shortest record. */
  get leastWords(): number {
    return HEADER_WORDS + this.#kept.length
  }

  /** Returns how many words the record of a row has, or -1 if it is a long one. */
  measure(source: Buffer, places: Int32Array, first: number): number {
    this.#source = source
    this.#places = places
    this.#first = first
    const kept = this.#kept
    let low = 0x7fffffff
    let high = 0
    let bytes = 0
    for (let index = 0; index < kept.length; index++) {
      const start = places[first + kept[index]]
      if (start < 0) continue
      const end = places[first + kept[index] + 1]
      if (start < low) low = start
      if (end > high) high = end
      bytes += end - start
    }
    if (high === 0) low = 0
    this.#low = low
    this.#high = high
    // Partition columns and lengths between the values may be copied with them.
    this.#isRange = high - low <= bytes + (bytes >> 1) + 64
    const copied = this.#isRange ? high - low : bytes
    if (copied > SHORT_BYTES) return -1
    const size = HEADER_WORDS + kept.length + ((copied + 3) >> 2)
    return size <= CHUNK_WORDS ? size : -1
  }

  /** Writes the record of the row that was measured last. The chunk must have room for it. */
  write(chunk: Chunk, size: number, partition: number, row: number): void {
    const { words, used } = chunk
    const kept = this.#kept
    const places = this.#places
    const first = this.#first
    words[used] = size | (((row / TWO_32) & HIGH_MASK) << SIZE_BITS)
    words[used + 1] = partition
    words[used + 2] = row | 0
    chunk.used = used + size
    let at = used + HEADER_WORDS
    if (!this.#isRange) {
      this.#writeApart(chunk, at)
      return
    }
    const low = this.#low
    for (let index = 0; index < kept.length; index++) {
      const start = places[first + kept[index]]
      words[at++] = start < 0 ? -1 : (start - low) | ((places[first + kept[index] + 1] - low) << 16)
    }
    this.#copy(low, this.#high, chunk, at)
  }

  #copy(low: number, high: number, { bytes, words }: Chunk, first: number): void {
    const source = this.#source
    if (high - low > MANY_BYTES || high + 4 > source.length) {
      source.copy(bytes, first << 2, low, high)
      return
    }
    if (source !== this.#viewed) {
      this.#viewed = source
      this.#view = new DataView(source.buffer, source.byteOffset, source.length)
    }
    const view = this.#view
    let at = first
    for (let from = low | 0; from < high; from += 4) words[at++] = view.getInt32(from, true)
  }

  /** Copies value by value. */
  #writeApart({ bytes, words }: Chunk, first: number): void {
    const kept = this.#kept
    const source = this.#source
    const places = this.#places
    const from = this.#first
    const base = (first + kept.length) << 2
    let to = 0
    for (let index = 0; index < kept.length; index++) {
      const start = places[from + kept[index]]
      if (start < 0) {
        words[first + index] = -1
        continue
      }
      const end = to + source.copy(bytes, base + to, start, places[from + kept[index] + 1])
      words[first + index] = to | (end << 16)
      to = end
    }
  }

  /** How many bytes precede the values of a long record. */
  get longHeadBytes(): number {
    return (HEADER_WORDS + 2 * this.#kept.length) << 2
  }

  /** Makes a long record of a chunk whose values are there already, and whose places count from its first byte on. */
  writeLong(chunk: Chunk, partition: number, row: number, places: Int32Array): void {
    const { words } = chunk
    const head = this.longHeadBytes
    words[0] = words.length | (((row / TWO_32) & HIGH_MASK) << SIZE_BITS) | LONG
    words[1] = partition
    words[2] = row | 0
    let at = HEADER_WORDS
    for (const column of this.#kept) {
      const start = places[column]
      words[at++] = start < 0 ? -1 : start - head
      words[at++] = start < 0 ? -1 : places[column + 1] - head
    }
    chunk.used = words.length
  }
}

/** Reads the places of a record, as they count from the first byte of the chunk on. Returns how many bytes lie from its first value to its end. */
export function readPlaces(words: Int32Array, at: number, columns: number, places: Int32Array): number {
  const isLong = isLongAt(words, at)
  const first = at + HEADER_WORDS
  const base = (first + (isLong ? 2 * columns : columns)) << 2
  for (let index = 0; index < columns; index++) {
    if (isLong) {
      const start = words[first + 2 * index]
      places[2 * index] = start < 0 ? -1 : base + start
      places[2 * index + 1] = start < 0 ? -1 : base + words[first + 2 * index + 1]
    } else {
      const packed = words[first + index]
      places[2 * index] = packed === -1 ? -1 : base + (packed & 0xffff)
      places[2 * index + 1] = packed === -1 ? -1 : base + (packed >>> 16)
    }
  }
  return ((at + sizeAt(words, at)) << 2) - base
}

/** Copies short records one after the other, so that their values lie in one buffer in their order. */
export class RecordBatch {
  rows = 0
  readonly places: Int32Array
  /** The number of each row in the result. */
  readonly numbers: Float64Array
  readonly #columns: number
  readonly #bytes = Buffer.allocUnsafeSlow(BATCH_BYTES)
  readonly #words = new Int32Array(this.#bytes.buffer)
  #used = 0

  constructor(columns: number) {
    const most = Math.max(1, Math.floor(BATCH_VALUES / columns))
    this.#columns = columns
    this.places = new Int32Array(2 * columns * most)
    this.numbers = new Float64Array(most)
  }

  /** The bytes of all rows. A new view each time, as `Encoder` asks for. */
  get source(): Buffer {
    return this.#bytes.subarray(0, this.#used << 2)
  }

  clear(): void {
    this.rows = 0
    this.#used = 0
  }

  /** Adds a short record. Returns false if there is no room for it. */
  add(words: Int32Array, at: number): boolean {
    const columns = this.#columns
    const first = at + HEADER_WORDS + columns
    const count = at + sizeAt(words, at) - first
    const used = this.#used
    if (this.rows === this.numbers.length || used + count > this.#words.length) return false
    const target = this.#words
    if (count <= MANY_WORDS)
      for (let index = 0; index < count; index++) target[used + index] = words[first + index]
    else target.set(words.subarray(first, first + count), used)
    const { places } = this
    const base = used << 2
    let place = 2 * columns * this.rows
    for (let from = at + HEADER_WORDS; from < first; from++) {
      const packed = words[from]
      places[place++] = packed === -1 ? -1 : base + (packed & 0xffff)
      places[place++] = packed === -1 ? -1 : base + (packed >>> 16)
    }
    this.numbers[this.rows++] = rowAt(words, at)
    this.#used = used + count
    return true
  }
}

const BATCH_BYTES = 128 * 1024
const BATCH_VALUES = 16 * 1024
const MANY_WORDS = 64
