import type { Values } from './values.ts'

const LENGTH_BYTES = 4
const LONGEST_HEADER = 5

/** The most bytes that the levels of a page with this many rows need. */
export const levelBytes = (rows: number): number => LENGTH_BYTES + LONGEST_HEADER + ((rows + 7) >> 3)

/** The definition levels of the open page of an optional column: a bit for each row, 0 for NULL. */
export class Levels {
  rows = 0
  nulls = 0
  #bits = new Uint8Array(64).fill(255)

  /** The first rows of a batch. */
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

  /** One row that is not NULL. */
  addValue(): void {
    this.rows++
  }

  /** Writes the levels so that they end at `end`, begins a new page, and returns where they start. */
  write(out: Buffer, end: number): number {
    const { rows, nulls } = this
    const isRun = nulls === 0 || nulls === rows
    const groups = (rows + 7) >> 3
    const payload = isRun ? 1 : groups
    const header = isRun ? rows * 2 : groups * 2 + 1
    const start = end - payload - varintBytes(header) - LENGTH_BYTES
    let at = out.writeUInt32LE(end - start - LENGTH_BYTES, start)
    let rest = header
    for (; rest > 127; rest >>>= 7) out[at++] = (rest & 127) | 128
    out[at++] = rest
    if (isRun) out[at] = nulls === 0 ? 1 : 0
    else {
      if (groups > this.#bits.length) this.#grow(rows)
      out.set(this.#bits.subarray(0, groups), at)
      if ((rows & 7) !== 0) out[end - 1] &= ~(-1 << (rows & 7))
    }
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

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 127; rest >>>= 7) bytes++
  return bytes
}
