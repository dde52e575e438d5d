/**
 * Encoded rows on their way from the database to the store. The bytes are lent: they stay as they are until
 * `release()` is called, once, after which the memory is used again.
 */
export interface Block {
  /** Empty only if the block before it turned out to be the last full one of its part (`endsPart`). */
  readonly bytes: Uint8Array
  /** How many rows end in this block. */
  readonly rowsEnded: number
  /** False if the last row of the block goes on in the next one. */
  readonly endsRow: boolean
  /** True if the next block belongs to the next part (only with `endsRow`). */
  readonly endsPart: boolean
  /**
   * The path of the rows' partition, as in `day=2026-01-31/country=de`. A block of another partition begins another part. Empty for an
   * export without PARTITION BY.
   */
  readonly partition: string
  release(): void
}

/**
 * A fixed set of equal buffers: the one bound on the memory of an export. The code that fills buffers waits for
 * `whenFree()` when `take()` finds none: so a slow store slows the database down.
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

  /** Returns a buffer to fill, or null if all are lent out. */
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

  /** Resolves when `take()` is worth another try. */
  whenFree(): Promise<void> {
    if (this.#free.length > 0 || this.#unmade > 0) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}

/** The memory of an encoder, and the way of its blocks. */
export interface BlockOutput {
  readonly pool: BlockPool
  /** The most bytes of a part, its start and its end included. */
  readonly maxPartBytes: number
  /** Takes the blocks, in order. */
  readonly emit: (block: Block) => void
}

/** The end of a series of blocks. An encoder wrote the rows in them, or a server that encodes them itself. */
export interface BlockSource {
  /** Resolves when a call that was refused is worth another try. Rejects with an error that ends the export. */
  whenReady(): Promise<void>
  /**
   * All rows were given: hands out the remaining blocks, with the end of the last part. Resolves when the last one is handed
   * out, which may have to wait for buffers; after a `discard` at once.
   */
  finish(): Promise<void>
  /** Returns all buffers to the pool and hands out nothing more; a `finish` that waits resolves. May be called at any time, and again. */
  discard(): void
}
