/** Memory to write values to. It grows by doubling and is used again. */
export class PageBuffer {
  bytes: Buffer
  view: DataView
  at: number

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    this.at = 0
  }

  /** Makes room for `count` more bytes. */
  room(count: number): void {
    const needed = this.at + count
    if (needed > this.bytes.length) this.#resize(Math.max(needed, 2 * this.bytes.length))
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length)
  }
}
