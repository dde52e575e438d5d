import type { Bound, Bounds } from './bounds.ts'

/** Longer bounds are cut, and are then not exact. */
const LONGEST = 64
const LENGTH_BYTES = 4
const LARGEST_BYTE = 0xff

/** One side of the bounds: the first bytes of a value, and its length up to one more than are kept. */
class Side {
  readonly bytes = Buffer.allocUnsafe(LONGEST)
  /** -1 if there is none. */
  length = -1
  /** The first four bytes as a number, which decides nearly every comparison. */
  key = 0

  set(bytes: Buffer, start: number, length: number, key: number): void {
    bytes.copy(this.bytes, 0, start, start + Math.min(length, LONGEST))
    this.length = Math.min(length, LONGEST + 1)
    this.key = key
  }

  /** Below zero if the value comes before the one of this side. */
  compare(bytes: Buffer, start: number, length: number): number {
    const kept = Math.min(this.length, LONGEST)
    const shorter = Math.min(length, kept)
    for (let p = 0; p < shorter; p++) {
      const difference = bytes[start + p] - this.bytes[p]
      if (difference !== 0) return difference
    }
    return Math.min(length, LONGEST + 1) - this.length
  }
}

/** Bounds of texts and bytes, which compare byte by byte, without sign. */
export class ByteBounds implements Bounds {
  readonly #isText: boolean
  readonly #min = new Side()
  readonly #max = new Side()

  constructor(isText: boolean) {
    this.#isText = isText
  }

  update(bytes: Buffer, view: DataView, from: number, to: number): void {
    let { key: minKey, length: known } = this.#min
    let { key: maxKey } = this.#max
    let at = from | 0
    while (at < to) {
      const length = view.getInt32(at, true)
      const start = (at + LENGTH_BYTES) | 0
      const key = length >= 4 ? view.getUint32(start) : shortKey(bytes, start, length)
      if (known < 0 || key <= minKey || key >= maxKey) {
        this.#take(bytes, start, length, key)
        minKey = this.#min.key
        maxKey = this.#max.key
        known = 0
      }
      at = (start + length) | 0
    }
  }

  #take(bytes: Buffer, start: number, length: number, key: number): void {
    const min = this.#min
    const max = this.#max
    if (min.length < 0) {
      min.set(bytes, start, length, key)
      max.set(bytes, start, length, key)
      return
    }
    if (key < min.key || (key === min.key && min.compare(bytes, start, length) < 0))
      min.set(bytes, start, length, key)
    if (key > max.key || (key === max.key && max.compare(bytes, start, length) > 0))
      max.set(bytes, start, length, key)
  }

  take(): Bound | null {
    const min = this.#min
    const max = this.#max
    if (min.length < 0) return null
    const isMinExact = min.length <= LONGEST
    const isMaxExact = max.length <= LONGEST
    const bound = {
      min: isMinExact ? Buffer.from(min.bytes.subarray(0, min.length)) : this.#cut(min.bytes),
      max: isMaxExact ? Buffer.from(max.bytes.subarray(0, max.length)) : this.#next(max.bytes),
      isMinExact,
      isMaxExact,
    }
    min.length = -1
    max.length = -1
    // No bytes of this length come after the largest ones, so the page has no bounds.
    return bound.max === null ? null : { ...bound, max: bound.max }
  }

  /** The first bytes of a longer value, up to a whole character. */
  #cut(bytes: Buffer): Buffer {
    let end = LONGEST
    if (this.#isText) {
      let start = end - 1
      while (start > end - 4 && isContinuation(bytes[start])) start--
      if (start + characterBytes(bytes[start]) > end) end = start
    }
    return Buffer.from(bytes.subarray(0, end))
  }

  /** The smallest bytes after all values that begin with these, or null if there are none. */
  #next(bytes: Buffer): Buffer | null {
    const prefix = this.#cut(bytes)
    return this.#isText ? nextText(prefix) : nextBytes(prefix)
  }
}

function shortKey(bytes: Buffer, start: number, length: number): number {
  let key = 0
  for (let p = 0; p < 4; p++) key = key * 256 + (p < length ? bytes[start + p] : 0)
  return key
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80
const characterBytes = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4)

function nextBytes(prefix: Buffer): Buffer | null {
  let last = prefix.length - 1
  while (last >= 0 && prefix[last] === LARGEST_BYTE) last--
  if (last < 0) return null
  prefix[last]++
  return prefix.subarray(0, last + 1)
}

const LAST_CHARACTER = 0x10ffff
const FIRST_SURROGATE = 0xd800
const AFTER_SURROGATES = 0xe000

/** The order of UTF-8's bytes is that of its characters, so the last one that has a next one takes that. */
function nextText(prefix: Buffer): Buffer | null {
  const characters = Array.from(prefix.toString('utf8'))
  for (let last = characters.length - 1; last >= 0; last--) {
    const code = characters[last].codePointAt(0) ?? LAST_CHARACTER
    if (code === LAST_CHARACTER) continue
    const next = code + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : code + 1
    return Buffer.from(characters.slice(0, last).join('') + String.fromCodePoint(next))
  }
  return null
}
