import type { ColumnChunk } from './column-chunk.ts'

/** The chunks of a row group, from its first row until its last byte is drained. */
export class RowGroup {
  readonly chunks: readonly ColumnChunk[]
  rows = 0
  /** The place in the file of each drained chunk. */
  readonly starts: number[] = []
  drainedBytes = 0
  #drained = 0

  constructor(chunks: readonly ColumnChunk[]) {
    this.chunks = chunks
  }

  /** Compressed bytes, as far as they are known. */
  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0)
  }

  /** The bytes before compression, as far as they are known. */
  get rawBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.rawBytes, 0)
  }

  get isDrained(): boolean {
    return this.#drained === this.chunks.length
  }

  /** Whether all its bytes are there. */
  get isWhole(): boolean {
    return this.chunks.every(({ pending }) => pending === 0)
  }

  /** Whether the bytes that come next are there. */
  get isReady(): boolean {
    return this.isDrained || this.chunks[this.#drained].pending === 0
  }

  /**
   * Copies the bytes that come next to `target`, as far as they are there.
   *
   * @param offset in the file, of the byte at `first`
   * @returns the end of the copied bytes
   */
  drain(target: Uint8Array, first: number, offset: number): number {
    let at = first
    while (!this.isDrained && this.isReady) {
      const { dictionary, data } = this.chunks[this.#drained]
      if (this.starts.length === this.#drained) this.starts.push(offset + at - first)
      at = dictionary.drain(target, at)
      if (dictionary.isDrained) at = data.drain(target, at)
      if (!dictionary.isDrained || !data.isDrained) break
      this.#drained++
    }
    this.drainedBytes += at - first
    return at
  }

  release(): void {
    for (const chunk of this.chunks) chunk.release()
  }
}
