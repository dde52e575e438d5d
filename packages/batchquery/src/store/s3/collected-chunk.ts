import { collectedChunkBytes } from './chunks.ts'

/**
 * The memory of chunks that are collected from small writes. It is reused, because V8 would let many times as much of it become
 * garbage before it collected any.
 */
export class ChunkMemory {
  readonly #free: Buffer[] = []

  take(bytes: number): Buffer {
    const buffer = this.#free.pop()
    return buffer !== undefined && buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(bytes)
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer)
  }
}

/** The next chunk of an object, while it is collected from writes that are too small to be chunks. */
export class CollectedChunk {
  readonly #memory: ChunkMemory
  #buffer: Buffer | null = null
  #capacity = 0
  #used = 0

  constructor(memory: ChunkMemory) {
    this.#memory = memory
  }

  get isEmpty(): boolean {
    return this.#used === 0
  }

  get isFull(): boolean {
    return this.#used > 0 && this.#used === this.#capacity
  }

  /**
   * Copies as many bytes as fit.
   *
   * @param chunksSoFar the number of chunks that the object has already
   * @returns the number of bytes copied
   */
  append(bytes: Uint8Array, chunksSoFar: number): number {
    if (this.#buffer === null) {
      this.#capacity = collectedChunkBytes(chunksSoFar)
      this.#buffer = this.#memory.take(this.#capacity)
    }
    const taken = bytes.subarray(0, this.#capacity - this.#used)
    this.#buffer.set(taken, this.#used)
    this.#used += taken.length
    return taken.length
  }

  /** Returns the collected bytes and a function that releases their memory. The next chunk begins. */
  take(): { readonly bytes: Uint8Array; readonly release: () => void } {
    const buffer = this.#buffer
    if (buffer === null) return { bytes: new Uint8Array(), release: () => {} }
    const bytes = buffer.subarray(0, this.#used)
    this.#buffer = null
    this.#used = 0
    return { bytes, release: () => this.#memory.give(buffer) }
  }
}
