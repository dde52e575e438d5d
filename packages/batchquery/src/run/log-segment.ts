/** The size of a segment at most. Readers accept more, because a later version may write more. */
export const SEGMENT_BYTES = 256 * 1024
/** After so many writes of a segment, the next one begins. */
const MOST_WRITES = 20
/** When the writes of a segment sum to this many times its size, the next one begins. */
const MOST_REWRITING = 10

/**
 * One object of a log. A store cannot append, so the writer writes the whole object again until the segment is closed:
 *
 *     open ──(full; written 20 times; the writes sum to more than ten times its size)──▶ closed ──(written once more)──▶ complete
 *
 * The last write before it is closed and the write after that each add its size once at most. So no log costs more than
 * twelve times its bytes.
 */
export class LogSegment {
  /** Whether it comes after the beginning of the log, which is always kept. */
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

  /** Whether the store has all of it. */
  get isInStore(): boolean {
    return this.#inStore === this.#bytes
  }

  /** All bytes so far. Bytes added later do not change these. */
  get content(): Uint8Array {
    return this.#buffer.subarray(0, this.#bytes)
  }

  /** @param bytes at most `room` */
  add(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#bytes)
    this.#bytes += bytes.length
  }

  close(): void {
    this.#isClosed = true
  }

  /** Call it when the store has the first `bytes`. */
  written(bytes: number): void {
    this.#inStore = bytes
    this.#writes++
    this.#writtenBytes += bytes
    if (this.#writes >= MOST_WRITES || this.#writtenBytes > MOST_REWRITING * this.#bytes) this.close()
  }
}
