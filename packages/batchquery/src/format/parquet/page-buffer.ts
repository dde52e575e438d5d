const GROWTH = 4
const SLAB_BYTES = 1 << 20
/** Buffers of up to so many bytes are cut from a slab, without gaps between them. */
const SMALL = SLAB_BYTES / 16

let slab = Buffer.alloc(0)

function memory(bytes: number): Buffer {
  if (bytes > SMALL) return Buffer.allocUnsafeSlow(bytes)
  if (bytes > slab.length) slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  const cut = slab.subarray(0, bytes)
  slab = slab.subarray(bytes)
  return cut
}

/** Memory to write values to. It is used again. The smaller memories on its way to its size become garbage, so it grows in long steps. */
export class PageBuffer {
  bytes: Buffer
  view: DataView
  at: number

  constructor(bytes: number) {
    this.bytes = memory(bytes)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    this.at = 0
  }

  /** Makes room for `count` more bytes. It grows no further than needed beyond `most`. */
  room(count: number, most = Number.POSITIVE_INFINITY): void {
    const needed = this.at + count
    const { length } = this.bytes
    if (needed > length) this.#resize(Math.max(needed, Math.min(GROWTH * length, most)))
  }

  #resize(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length)
  }
}

/** Longer ranges are copied by the runtime. */
const MOST_WORDS_BYTES = 128

/** Copies bytes to the end of a buffer, whose `at` stays. Both sources go on for three bytes. */
export function copyWords(
  { source, view }: { readonly source: Buffer; readonly view: DataView },
  start: number,
  end: number,
  out: PageBuffer,
): void {
  if (end - start > MOST_WORDS_BYTES) {
    source.copy(out.bytes, out.at, start, end)
    return
  }
  const to = out.view
  let at = out.at | 0
  for (let p = start | 0; p < end; p = (p + 4) | 0) {
    to.setInt32(at, view.getInt32(p, true), true)
    at = (at + 4) | 0
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
