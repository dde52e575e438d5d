import type { Encoder } from '../../format/index.ts'
import { type BinaryLayout, readBinaryPlaces } from './binary-rows.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedRow } from './protocol-error.ts'
import { endOfRow } from './row-loop.ts'

/** How many values are found before the encoder gets them. */
const VALUES_AT_ONCE = 16 * 1024

/**
 * Takes rows that lie whole in a chunk, for an encoder without `inline`: first it finds the places of the values of many
 * rows, then the encoder takes them all at once. It leaves the same packets to others as `RowLoop`.
 */
export class PlaceLoop {
  /** How many rows, and packets, the last call of `take` took. */
  taken = 0
  readonly #encoder: Encoder
  readonly #columns: number
  readonly #layout: BinaryLayout | null
  readonly #most: number
  readonly #places: Int32Array
  /** The start of each row's packet, and of the packet after the last row. */
  readonly #packets: Int32Array

  /** @param layout of rows of the binary protocol @default - they are of the text protocol */
  constructor(encoder: Encoder, columns: number, layout: BinaryLayout | null = null) {
    this.#encoder = encoder
    this.#columns = columns
    this.#layout = layout
    this.#most = Math.max(1, Math.floor(VALUES_AT_ONCE / columns))
    this.#places = new Int32Array(2 * columns * this.#most)
    this.#packets = new Int32Array(this.#most + 1)
  }

  /** Takes the packets from `start` on, the first one being number `sequence`, and returns where it stopped. */
  take(chunk: Buffer, start: number, sequence: number): number {
    this.taken = 0
    let at = start
    for (;;) {
      const found = this.#find(chunk, at, (sequence + this.taken) & 0xff)
      const taken = found === 0 ? 0 : this.#encoder.rows(chunk, this.#places, found)
      this.taken += taken
      at = this.#packets[taken]
      if (taken < this.#most) return at
    }
  }

  /** Finds the rows from `start` on. @returns how many */
  #find(chunk: Buffer, start: number, sequence: number): number {
    const { mostRowBytes } = this.#encoder
    const layout = this.#layout
    const columns = this.#columns
    const step = 2 * columns
    let rows = 0
    let at = start
    this.#packets[0] = at
    while (rows < this.#most) {
      const end = endOfRow(chunk, at, (sequence + rows) & 0xff, mostRowBytes)
      if (end < 0) break
      findPlaces(layout, columns, chunk, at + 4, end, this.#places, rows * step)
      at = end
      this.#packets[++rows] = at
    }
    return rows
  }
}

/**
 * Finds the values of the row that lies in `packet` from `start` to `end`: writes start and end of each to `places`
 * from `first` on, -1 for NULL.
 *
 * @param layout of a row of the binary protocol; null for the text protocol
 */
export function findPlaces(
  layout: BinaryLayout | null,
  columns: number,
  packet: Buffer,
  start: number,
  end: number,
  places: Int32Array,
  first: number,
): void {
  if (layout === null) readPlaces(packet, start, end, places, first, columns)
  else readBinaryPlaces(layout, packet, start, end, places, first)
}

/** For a row of the text protocol. */
export function readPlaces(
  packet: Buffer,
  start: number,
  end: number,
  places: Int32Array,
  first: number,
  columns: number,
): void {
  let from = start
  for (let index = 0, at = first; index < columns; index++, at += 2) {
    let length = packet[from]
    if (length === NULL_MARK) {
      places[at] = -1
      places[at + 1] = -1
      from++
      continue
    }
    if (length < NULL_MARK) from++
    else {
      if (from + lengthEncodedSize(length) > end) throw malformedRow(index)
      length = readLengthEncoded(packet, from)
      from += lengthEncodedSize(packet[from])
    }
    const valueEnd = from + length
    if (!(valueEnd <= end)) throw malformedRow(index)
    places[at] = from
    places[at + 1] = valueEnd
    from = valueEnd
  }
  if (from !== end) throw malformedRow(columns)
}
