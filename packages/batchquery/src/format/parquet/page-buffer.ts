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

  /** Makes room for `count` more bytes. It does not double beyond `most`. */
  room(count: number, most = Number.POSITIVE_INFINITY): void {
    const needed = this.at + count
    const { length } = this.bytes
    if (needed > length) this.#resize(Math.max(needed, Math.min(2 * length, most)))
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length)
  }
}

/** Turns booleans of a byte each, from `first` on, into bits. */
export function packBooleans(page: PageBuffer, first: number): void {
  const { bytes, at } = page
  const count = at - first
  for (let k = 0; k < count; k += 8) {
    let packed = 0
    for (let bit = 0; bit < 8 && k + bit < count; bit++) packed |= bytes[first + k + bit] << bit
    bytes[first + (k >> 3)] = packed
  }
  page.at = first + ((count + 7) >> 3)
}
