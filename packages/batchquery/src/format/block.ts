/**
 * Encoded rows on their way from the database to the store. The bytes are lent: they stay as they are until
 * `release()` is called, once, after which the memory is used again.
 */
export interface Block {
  /** Empty only where the block before it turned out to be the last full one of its part (`endsPart`). */
  readonly bytes: Uint8Array
  /** How many rows end in this block. */
  readonly rowsEnded: number
  /** False where the last row of the block goes on in the next one. */
  readonly endsRow: boolean
  /** True where the next block belongs to the next part (only with `endsRow`). */
  readonly endsPart: boolean
  release(): void
}

/**
 * A fixed set of equal buffers: the one bound on the memory of an export. Whoever fills buffers waits for
 * `whenFree()` when `take()` finds none, which is how a slow store slows the database down.
 */
export class BlockPool {
  readonly blockBytes: number
  readonly #free: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  #unmade: number

  /** @param count at least 2: while a part ends, its writer holds two buffers */
  constructor(blockBytes: number, count: number) {
    this.blockBytes = blockBytes
    this.#unmade = count
  }

  /** A buffer to fill, or null where all are lent out. */
  take(): Buffer | null {
    const buffer = this.#free.pop()
    if (buffer !== undefined) return buffer
    if (this.#unmade === 0) return null
    this.#unmade--
    return Buffer.allocUnsafeSlow(this.blockBytes)
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Settles when `take()` is worth another try. */
  whenFree(): Promise<void> {
    if (this.#free.length > 0 || this.#unmade > 0) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}
