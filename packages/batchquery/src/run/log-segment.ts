/** A segment takes no more than this. What reads a log takes more, from a later version. */
export const SEGMENT_BYTES = 256 * 1024
/** After so many writes of a segment the next one begins. */
const MOST_WRITES = 20
/** The writes of a segment may sum to this many times its size; then the next one begins. */
const MOST_REWRITING = 10

/**
 * One object of a log. A store cannot append, so the object is written again with all that it has, until it is closed:
 *
 *     open ──(full; written 20 times; the writes sum to more than ten times its size)──▶ closed ──(written once more)──▶ complete
 *
 * The last write before it is closed, and the one after, add its size once each at most: a log costs no more than twelve
 * times its bytes, however it comes.
 */
export class LogSegment {
  /** Whether it comes behind the beginning of the log, which is kept. */
  readonly isTail: boolean
  /** Null before the first write. */
  number: number | null = null
  readonly #buffer = Buffer.allocUnsafe(SEGMENT_BYTES)
  #bytes = 0
  #isClosed = false
  #inStore = 0
  #writes = 0
  #writtenBytes = 0

  constructor(isTail: boolean) {
    this.isTail = isTail
  }

  get bytes(): number {
    return this.#bytes
  }

  get room(): number {
    return this.#isClosed ? 0 : SEGMENT_BYTES - this.#bytes
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The store has all of it. */
  get isInStore(): boolean {
    return this.#inStore === this.#bytes
  }

  /** All of it. What is added later leaves these bytes alone. */
  get content(): Uint8Array {
    return this.#buffer.subarray(0, this.#bytes)
  }

  /** @param bytes no more than there is room for */
  add(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#bytes)
    this.#bytes += bytes.length
  }

  close(): void {
    this.#isClosed = true
  }

  /** The store has taken its first `bytes`. */
  written(bytes: number): void {
    this.#inStore = bytes
    this.#writes++
    this.#writtenBytes += bytes
    if (this.#writes >= MOST_WRITES || this.#writtenBytes > MOST_REWRITING * this.#bytes) this.close()
  }
}
