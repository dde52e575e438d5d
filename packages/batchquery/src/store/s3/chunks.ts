/*
 * How an object is cut into chunks. S3's limits: every chunk but the last has 5 MiB or more, and there are at
 * most 10,000. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */

const MIB = 1024 * 1024
const USUAL = 8 * MIB
const MOST_CHUNKS = 10_000
export const LEAST_CHUNK_BYTES = 5 * MIB

/** Writers promise blocks that are three quarters full: so large, they hold any object of up to `maxObjectBytes`. */
export function chunkBytesFor(maxObjectBytes: number): number {
  const needed = maxObjectBytes / (MOST_CHUNKS * 0.7)
  return Math.max(USUAL, Math.ceil(needed / MIB) * MIB)
}

/**
 * Collects writes that are too small to be chunks. Nobody knows how large their object will be, so the chunks grow
 * with their number: 10,000 of them hold over 250 GiB.
 */
export class SmallWrites {
  #buffer = Buffer.alloc(0)
  #used = 0

  get isEmpty(): boolean {
    return this.#used === 0
  }

  /** Whether what was collected makes a chunk, and a better one than with these bytes. */
  isChunkBefore(bytes: Uint8Array): boolean {
    return this.#used >= LEAST_CHUNK_BYTES && this.#used + bytes.length > this.#buffer.length
  }

  /**
   * @param chunksSoFar of the object
   * @returns whether the chunk is full
   */
  append(bytes: Uint8Array, chunksSoFar: number): boolean {
    const wanted = USUAL * (1 + Math.floor(chunksSoFar / 1000))
    const end = this.#used + bytes.length
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted, end))
      larger.set(this.#buffer.subarray(0, this.#used))
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#used)
    this.#used = end
    return end >= wanted
  }

  /** All that was collected. The memory is the caller's from now on. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#used)
    this.#buffer = Buffer.alloc(0)
    this.#used = 0
    return taken
  }
}
