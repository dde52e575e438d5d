const FIRST_BYTES = 64 * 1024
const ENOUGH_ROWS = 256
const ENOUGH_BYTES = 2 << 20

/**
 * Copies of a few rows at a time, until they are enough for a batch. A batch of one row costs a column nearly as much as
 * one of twenty, and a chunk of the network has few rows of a table with thousands of columns.
 */
export class StagedRows {
  rows = 0
  source = Buffer.alloc(0)
  places = new Int32Array(0)
  readonly #width: number
  #bytes = 0

  constructor(columns: number) {
    this.#width = 2 * columns
  }

  /** Whether there are enough rows for a batch. */
  get isFull(): boolean {
    return this.rows >= ENOUGH_ROWS || this.#bytes >= ENOUGH_BYTES
  }

  /** Takes `count` rows from row `from` on. */
  add(source: Buffer, places: Int32Array, from: number, count: number): void {
    const width = this.#width
    const first = from * width
    const end = (from + count) * width
    const start = startOf(places, first, end)
    const bytes = endOf(places, first, end) - start
    this.#room(Math.max(0, bytes), (this.rows + count) * width)
    if (bytes > 0) source.copy(this.source, this.#bytes, start, start + bytes)
    const shift = this.#bytes - start
    let to = this.rows * width
    for (let k = first; k < end; k += 2, to += 2) {
      const isNull = places[k] === -1
      this.places[to] = isNull ? -1 : places[k] + shift
      this.places[to + 1] = isNull ? -1 : places[k + 1] + shift
    }
    this.#bytes += Math.max(0, bytes)
    this.rows += count
  }

  clear(): void {
    this.rows = 0
    this.#bytes = 0
  }

  #room(bytes: number, places: number): void {
    if (this.#bytes + bytes > this.source.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * (this.#bytes + bytes)))
      this.source.copy(larger, 0, 0, this.#bytes)
      this.source = larger
    }
    if (places > this.places.length) {
      const larger = new Int32Array(2 * places)
      larger.set(this.places)
      this.places = larger
    }
  }
}

function startOf(places: Int32Array, first: number, end: number): number {
  for (let k = first; k < end; k += 2) if (places[k] !== -1) return places[k]
  return 0
}

function endOf(places: Int32Array, first: number, end: number): number {
  for (let k = end - 2; k >= first; k -= 2) if (places[k] !== -1) return places[k + 1]
  return 0
}
