import { CHUNK_WORDS, type Chunk, type ChunkPool } from './row-chunks.ts'
import type { RecordWriter } from './row-records.ts'
import { type Extent, SpillFile, type SpillOptions } from './spill-file.ts'

/** A record of more bytes waits on the disk, not in memory. */
const MOST_IN_MEMORY = 4 * 1024 * 1024

/** A place of rows: in memory, or on the disk. */
export type Held = Chunk | Extent

/** Rows of some partitions, in their order. */
export class Bin {
  /** Full pieces, in order. */
  readonly held: Held[] = []
  /** The chunk that is being filled. */
  open: Chunk | null = null

  /** Takes all rows out, in order. */
  takeAll(): Held[] {
    const all = this.held.splice(0)
    if (this.open !== null) all.push(this.open)
    this.open = null
    return all
  }
}

/**
 * The rows whose turn has not come, divided into bins. They are in memory until `spill`. Then each full chunk goes to the disk at once, and
 * its memory is used again.
 */
export class RowBins {
  readonly #pool: ChunkPool
  readonly #writer: RecordWriter
  #file: SpillFile | null = null
  /** The writes that are under way, and the error of one of them. */
  readonly #writes = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null
  #isDiscarded = false

  constructor(pool: ChunkPool, writer: RecordWriter) {
    this.#pool = pool
    this.#writer = writer
  }

  get file(): SpillFile | null {
    return this.#file
  }

  /** Opens the file on the disk and writes the full chunks of bins there. @throws as `SpillFile` */
  async spill(bins: readonly Bin[], options: SpillOptions): Promise<void> {
    const file = await SpillFile.create(options)
    if (this.#isDiscarded) return file.close()
    this.#file = file
    for (const bin of bins)
      for (const [at, held] of bin.held.entries())
        if (!('slot' in held)) bin.held[at] = this.#write(file, held)
  }

  /**
   * Adds the row that the writer has measured last.
   *
   * @returns false if there is no memory for it
   * @throws the error of an earlier write
   */
  add(bin: Bin, size: number, partition: number, row: number): boolean {
    const chunk = this.#chunkFor(bin, size)
    if (chunk === null) return false
    this.#writer.write(chunk, size, partition, row)
    return true
  }

  /** Copies a record. @returns false if there is no memory for it */
  copy(bin: Bin, words: Int32Array, at: number, size: number): boolean {
    const chunk = this.#chunkFor(bin, size)
    if (chunk === null) return false
    chunk.words.set(words.subarray(at, at + size), chunk.used)
    chunk.used += size
    return true
  }

  /** Adds a long record, which is alone in a chunk of its own size. Returns false if there is no memory for it. @throws the error of an earlier write */
  addLong(bin: Bin, chunk: Chunk): boolean {
    if (chunk.used <= CHUNK_WORDS) return this.copy(bin, chunk.words, 0, chunk.used)
    this.#throwFailure()
    const isHuge = chunk.bytes.length > MOST_IN_MEMORY
    if (isHuge || !this.#pool.reserve(chunk)) {
      if (this.#file === null || this.#writes.size > 0) return false
      this.#pool.force(chunk)
    }
    this.#close(bin)
    bin.held.push(this.#file === null ? chunk : this.#write(this.#file, chunk))
    return true
  }

  /** Resolves when a row that was refused is worth another try. Rejects with the error of a write. */
  async whenFree(): Promise<void> {
    if (this.#writes.size > 0) await Promise.race(this.#writes)
    else await this.#pool.whenFree()
    this.#throwFailure()
  }

  /** Writes all rows that are in memory. Resolves when that is done. */
  async flush(bins: readonly Bin[]): Promise<void> {
    for (const bin of bins) this.#close(bin)
    await Promise.all(this.#writes)
    this.#throwFailure()
  }

  /** Returns the memory of bins, and closes the file. */
  async discard(bins: readonly Bin[]): Promise<void> {
    this.#isDiscarded = true
    for (const bin of bins) for (const held of bin.takeAll()) if (!('slot' in held)) this.#pool.give(held)
    this.#pool.drop()
    await this.#file?.close()
  }

  #chunkFor(bin: Bin, size: number): Chunk | null {
    const { open } = bin
    if (open !== null && open.used + size <= CHUNK_WORDS) return open
    this.#throwFailure()
    const next = this.#pool.take()
    if (next === null) return null
    this.#close(bin)
    bin.open = next
    return next
  }

  #close(bin: Bin): void {
    const { open } = bin
    bin.open = null
    if (open === null) return
    bin.held.push(this.#file === null ? open : this.#write(this.#file, open))
  }

  #write(file: SpillFile, chunk: Chunk): Extent {
    const { extent, written } = file.write(chunk)
    const write = written
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => {
        this.#pool.give(chunk)
        this.#writes.delete(write)
      })
    this.#writes.add(write)
    return extent
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
