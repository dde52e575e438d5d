const NO_BYTES = Buffer.alloc(0)
/** For values of at least so many bytes, a native search is worth its call. */
const LONG = 64

/**
 * Finds the next byte of a small set by native searches. The finder keeps what a search found, so it searches a source
 * about once for each byte of the set, however many values are taken from it.
 *
 * It begins anew for another source object, and for a place that is not after the last one. The bytes of a source
 * object must not change.
 */
export class SpecialFinder {
  readonly #specials: readonly number[]
  /** By special byte: its first place at or after `#from`; the length of the source if there is none. */
  readonly #places: number[]
  #source: Uint8Array = NO_BYTES
  /** The same bytes as `#source`. */
  #bytes: Buffer = NO_BYTES
  #from = 0
  /** 1 for the bytes of the set. */
  readonly #isSpecial = new Uint8Array(256)

  constructor(specials: readonly number[]) {
    this.#specials = specials
    for (const special of specials) this.#isSpecial[special] = 1
    this.#places = specials.map(() => -1)
  }

  /** The place of the first special byte at or after `from`; the length of the source if there is none. */
  next(source: Uint8Array, from: number): number {
    if (source !== this.#source || from <= this.#from) this.#begin(source)
    this.#from = from
    const places = this.#places
    let nearest = source.length
    for (let index = 0; index < places.length; index++) {
      if (places[index] < from) places[index] = this.#search(this.#specials[index], from)
      if (places[index] < nearest) nearest = places[index]
    }
    return nearest
  }

  /** Whether none of the bytes is between `start` and `end`. */
  isPlain(source: Uint8Array, start: number, end: number): boolean {
    if (end - start >= LONG) return this.next(source, start) >= end
    const isSpecial = this.#isSpecial
    for (let at = start | 0, stop = end | 0; at < stop; at++) if (isSpecial[source[at]] === 1) return false
    return true
  }

  #search(special: number, from: number): number {
    const place = this.#bytes.indexOf(special, from)
    return place < 0 ? this.#bytes.length : place
  }

  #begin(source: Uint8Array): void {
    this.#source = source
    this.#bytes = Buffer.isBuffer(source)
      ? source
      : Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    this.#places.fill(-1)
  }
}
