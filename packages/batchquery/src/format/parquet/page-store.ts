import { HEADER_ROOM } from './page.ts'

const SLAB_BYTES = 512 * 1024
const LARGEST_BLOCK = 256 * 1024
const LEAST_BLOCK = Math.max(2048, 4 * HEADER_ROOM)

/** Equal blocks of memory for compressed pages, used again for the next row group. */
export class Arena {
  readonly blockBytes: number
  /** The bytes of the blocks that are taken. */
  usedBytes = 0
  readonly #free: Buffer[] = []

  /** @param blockBytes about so many */
  constructor(blockBytes: number) {
    this.blockBytes = Math.floor(Math.min(LARGEST_BLOCK, Math.max(LEAST_BLOCK, blockBytes)))
  }

  take(): Buffer {
    this.usedBytes += this.blockBytes
    return this.#free.pop() ?? this.#slab()
  }

  give(block: Buffer): void {
    this.usedBytes -= this.blockBytes
    this.#free.push(block)
  }

  /** Many small blocks are cut from one piece of memory. */
  #slab(): Buffer {
    const { blockBytes } = this
    const count = Math.max(1, Math.floor(SLAB_BYTES / blockBytes))
    const slab = Buffer.allocUnsafeSlow(count * blockBytes)
    for (let k = 1; k < count; k++) this.#free.push(slab.subarray(k * blockBytes, (k + 1) * blockBytes))
    return slab.subarray(0, blockBytes)
  }
}

interface Segment {
  readonly block: Buffer
  start: number
  end: number
}

/**
 * Pages with their headers, one behind the other, in blocks of an arena. A header has the size and the checksum of what
 * follows, so it gets room before the page, and is written when the page is there.
 */
export class PageStore {
  /** The bytes of all pages that have ended, with their headers. */
  bytes = 0
  readonly #arena: Arena
  readonly #crc32 = process.getBuiltinModule('node:zlib').crc32
  readonly #blocks: Buffer[] = []
  readonly #segments: Segment[] = []
  #pageBytes = 0
  #crc = 0
  /** The segment with the room for the header. */
  #first: Segment | null = null
  #last: Segment | null = null
  // How far `drain` has come.
  #drained = 0
  #drainedOfSegment = 0

  constructor(arena: Arena) {
    this.#arena = arena
  }

  begin(): void {
    const last = this.#last
    const hasRoom = last !== null && last.block.length - last.end > HEADER_ROOM
    const start = (hasRoom ? last.end : 0) + HEADER_ROOM
    this.#first = this.#segment(hasRoom ? last.block : this.#block(), start)
    this.#pageBytes = 0
    this.#crc = 0
  }

  append(bytes: Uint8Array): void {
    this.#crc = this.#crc32(bytes, this.#crc)
    this.#pageBytes += bytes.length
    for (let from = 0; from < bytes.length; ) {
      let last = this.#last
      if (last === null || last.end === last.block.length) last = this.#segment(this.#block(), 0)
      const count = Math.min(bytes.length - from, last.block.length - last.end)
      last.block.set(count === bytes.length ? bytes : bytes.subarray(from, from + count), last.end)
      last.end += count
      from += count
    }
  }

  /** @param headerOf makes the header from the compressed size and the checksum */
  end(headerOf: (bytes: number, crc: number) => Buffer): void {
    const first = this.#first
    if (first === null) return
    const header = headerOf(this.#pageBytes, this.#crc)
    first.start -= header.length
    header.copy(first.block, first.start)
    this.bytes += header.length + this.#pageBytes
    this.#first = null
  }

  /** Copies the bytes that come next to `target` and returns where they end: at its end, or with the last one. */
  drain(target: Uint8Array, first: number): number {
    let at = first
    while (at < target.length && this.#drained < this.#segments.length) {
      const { block, start, end } = this.#segments[this.#drained]
      const from = start + this.#drainedOfSegment
      const count = Math.min(end - from, target.length - at)
      target.set(block.subarray(from, from + count), at)
      at += count
      if (from + count === end) {
        this.#drained++
        this.#drainedOfSegment = 0
      } else this.#drainedOfSegment += count
    }
    if (this.#drained === this.#segments.length) this.release()
    return at
  }

  get isDrained(): boolean {
    return this.#drained === this.#segments.length
  }

  /** Returns all blocks to the arena. */
  release(): void {
    for (const block of this.#blocks) this.#arena.give(block)
    this.#blocks.length = 0
    this.#segments.length = 0
    this.#drained = 0
    this.#last = null
  }

  #segment(block: Buffer, start: number): Segment {
    const segment = { block, start, end: start }
    this.#segments.push(segment)
    this.#last = segment
    return segment
  }

  #block(): Buffer {
    const block = this.#arena.take()
    this.#blocks.push(block)
    return block
  }
}
