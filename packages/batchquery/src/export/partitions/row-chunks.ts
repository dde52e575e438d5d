/** Pieces of memory for rows. Rows lie in them one after the other, each in one piece. */
export const CHUNK_BYTES = 128 * 1024
export const CHUNK_WORDS = CHUNK_BYTES >> 2

export interface Chunk {
  readonly bytes: Buffer
  /** The same memory, in words of four bytes. */
  readonly words: Int32Array
  /** How many words have rows. */
  used: number
}

/** A chunk of its own for a row that fits into no other. */
export function chunkOf(bytes: Buffer): Chunk {
  return { bytes, words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2), used: 0 }
}

/** A fixed number of equal chunks. */
export class ChunkPool {
  readonly #free: Chunk[] = []
  readonly #waiting: (() => void)[] = []
  /** How many chunks may be taken, those included that do not exist yet. */
  #remaining: number

  constructor(count: number) {
    this.#remaining = count
  }

  get remaining(): number {
    return this.#remaining
  }

  /** Returns a chunk without rows, or null if all are taken. */
  take(): Chunk | null {
    if (this.#remaining <= 0) return null
    this.#remaining--
    const chunk = this.#free.pop() ?? chunkOf(Buffer.allocUnsafeSlow(CHUNK_BYTES))
    chunk.used = 0
    return chunk
  }

  give(chunk: Chunk): void {
    if (chunk.words.length === CHUNK_WORDS) {
      this.#free.push(chunk)
      this.#remaining++
    } else this.#remaining += chunksFor(chunk)
    this.#wake()
  }

  /** Counts a chunk of another size, which `give` returns. Returns false if there is no room for it. */
  reserve(chunk: Chunk): boolean {
    const count = chunksFor(chunk)
    if (count > this.#remaining) return false
    this.#remaining -= count
    return true
  }

  /** Counts a chunk of another size, even if there is no room for it: then `take` returns null until enough are given back. */
  force(chunk: Chunk): void {
    this.#remaining -= chunksFor(chunk)
  }

  /** Resolves when `take` is worth another try. */
  whenFree(): Promise<void> {
    if (this.#remaining > 0) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Drops the memory of the chunks that are free. */
  drop(): void {
    this.#free.length = 0
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

const chunksFor = ({ words }: Chunk): number => Math.ceil(words.length / CHUNK_WORDS)
