const NULL_LENGTH = 0xffffffff
const LENGTH_BYTES = 4
const FIRST_KEYS = 64
/** The number of a row whose key is not in the table. */
export const UNKNOWN = -1

/** Numbers the keys of rows, which are the bytes of the values of their partition columns, from 0 on. */
export class KeyTable {
  /** How many keys it has. */
  count = 0
  /** The number of the partition of each key: two keys may have the same path. */
  partitions = new Int32Array(FIRST_KEYS)
  /** Places of start and end of the values in `places`, from the first place of the row on. */
  readonly #at: Int32Array
  #hashes = new Int32Array(FIRST_KEYS)
  /** The first byte of each key in `#bytes`, and the end of the last key. */
  #starts = new Uint32Array(FIRST_KEYS + 1)
  /** 1 + the number of a key, by its hash. 0 if the slot is free. */
  #slots = new Int32Array(4 * FIRST_KEYS)
  #bytes = Buffer.allocUnsafeSlow(4096)
  #last = UNKNOWN
  /** The hash of the row that was looked up last. */
  #hash = 0

  /** @param columns the places of the partition columns among the columns of the result */
  constructor(columns: readonly number[]) {
    this.#at = Int32Array.from(columns, column => 2 * column)
  }

  /** Returns the number of a row's partition, or UNKNOWN. */
  find(source: Buffer, places: Int32Array, first: number): number {
    const last = this.#last
    if (last >= 0 && this.#equals(last, source, places, first)) return this.partitions[last]
    const hash = this.#hashOf(source, places, first)
    this.#hash = hash
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const key = slots[slot] - 1
      if (this.#hashes[key] !== hash || !this.#equals(key, source, places, first)) continue
      this.#last = key
      return this.partitions[key]
    }
    return UNKNOWN
  }

  /** Adds the key of the row for which `find` has just returned UNKNOWN. */
  add(source: Buffer, places: Int32Array, first: number, partition: number): void {
    const key = this.count++
    if (key === this.#hashes.length) this.#grow()
    this.#hashes[key] = this.#hash
    this.partitions[key] = partition
    let at = this.#starts[key]
    for (const column of this.#at) {
      const start = places[first + column]
      const length = start < 0 ? 0 : places[first + column + 1] - start
      this.#reserve(at + LENGTH_BYTES + length)
      this.#bytes.writeUInt32LE(start < 0 ? NULL_LENGTH : length, at)
      at += LENGTH_BYTES
      if (start >= 0) at += source.copy(this.#bytes, at, start, start + length)
    }
    this.#starts[key + 1] = at
    this.#insert(key)
    this.#last = key
  }

  /** Finds the values of a key: passes on the bytes, and start and end of each value, in the order of the columns. */
  read<Result>(key: number, take: (source: Buffer, places: Int32Array) => Result): Result {
    const places = new Int32Array(2 * this.#at.length)
    let at = this.#starts[key]
    for (let index = 0; index < this.#at.length; index++) {
      const length = this.#bytes.readUInt32LE(at)
      at += LENGTH_BYTES
      places[2 * index] = length === NULL_LENGTH ? -1 : at
      places[2 * index + 1] = length === NULL_LENGTH ? -1 : at + length
      if (length !== NULL_LENGTH) at += length
    }
    return take(this.#bytes, places)
  }

  /** FNV-1a over lengths and bytes, mixed once more. */
  #hashOf(source: Buffer, places: Int32Array, first: number): number {
    const columns = this.#at
    let hash = 0x811c9dc5 | 0
    for (let index = 0; index < columns.length; index++) {
      const start = places[first + columns[index]]
      const end = places[first + columns[index] + 1]
      hash = Math.imul(hash ^ (start < 0 ? -1 : end - start), 0x01000193)
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ source[at], 0x01000193)
    }
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b3c6d)
    return hash ^ (hash >>> 13)
  }

  #equals(key: number, source: Buffer, places: Int32Array, first: number): boolean {
    const columns = this.#at
    const bytes = this.#bytes
    let at = this.#starts[key]
    for (let index = 0; index < columns.length; index++) {
      const start = places[first + columns[index]]
      const end = places[first + columns[index] + 1]
      const length = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24) | 0
      at += LENGTH_BYTES
      if (length !== (start < 0 ? -1 : end - start)) return false
      for (let from = start; from < end; from++) if (source[from] !== bytes[at++]) return false
    }
    return true
  }

  #insert(key: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#hashes[key] & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = key + 1
  }

  #grow(): void {
    const most = 2 * this.#hashes.length
    this.#hashes = grown(this.#hashes, new Int32Array(most))
    this.partitions = grown(this.partitions, new Int32Array(most))
    this.#starts = grown(this.#starts, new Uint32Array(most + 1))
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let key = 0; key < this.count - 1; key++) this.#insert(key)
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const more = Buffer.allocUnsafeSlow(Math.max(bytes, Math.ceil(1.5 * this.#bytes.length)))
    this.#bytes.copy(more)
    this.#bytes = more
  }
}

/** Copies an array to the start of a larger one. */
export function grown<Numbers extends Int32Array | Uint32Array | Float64Array | Uint8Array>(
  numbers: Numbers,
  larger: Numbers,
): Numbers {
  larger.set(numbers)
  return larger
}
