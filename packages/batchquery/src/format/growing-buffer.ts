const FIRST_BYTES = 64 * 1024

/** Bytes that are written one behind the other, in memory that grows as far as it must and is used again. */
export class GrowingBuffer {
  /** Valid until the next `reserve`. */
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  /** Where the next byte goes. */
  at = 0

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.at + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  append(source: Uint8Array): void {
    this.reserve(source.length)
    this.bytes.set(source, this.at)
    this.at += source.length
  }

  /** What was written since the last call; it stays as it is until the next byte is written. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.at)
    this.at = 0
    return taken
  }
}
