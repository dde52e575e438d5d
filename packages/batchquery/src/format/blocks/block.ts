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

/** How large the buffers of a pool are, and how many of them it has. */
export interface PoolSize {
  readonly blockBytes: number
  /** At least 2: while a part ends, its writer holds two buffers. */
  readonly count: number
}

/**
 * A set of buffers: the one bound on the memory of an export. The code that fills buffers waits for
 * `whenFree()` when `take()` finds none: so a slow store slows the database down.
 */
export class BlockPool {
  /** The size of the smallest buffer. */
  readonly blockBytes: number
  readonly #sizeAt: (taken: number) => PoolSize
  #size: PoolSize
  /** Buffers of the present size. */
  readonly #free: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  #taken = 0
  #lent = 0

  /**
   * @param size the size of all buffers, or a function that returns the size when so many were taken. They may grow and never shrink
   * @param count how many there are, if the size is a number
   */
  constructor(size: number | ((taken: number) => PoolSize), count = 2) {
    this.#sizeAt = typeof size === 'number' ? () => this.#size : size
    this.#size = typeof size === 'number' ? { blockBytes: size, count } : size(0)
    this.blockBytes = this.#size.blockBytes
  }

  /** Returns a buffer to fill, or null if all are lent out. */
  take(): Buffer | null {
    const size = this.#sizeAt(this.#taken)
    if (size.blockBytes > this.#size.blockBytes) {
      this.#size = size
      this.#free.length = 0
    }
    if (this.#lent >= this.#size.count) return null
    this.#lent++
    this.#taken++
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size.blockBytes)
  }

  give(buffer: Buffer): void {
    this.#lent--
    if (buffer.length === this.#size.blockBytes) this.#free.push(buffer)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves when `take()` is worth another try. */
  whenFree(): Promise<void> {
    if (this.#lent < this.#size.count) return Promise.resolve()
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
