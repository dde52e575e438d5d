import { BatchQueryError } from '../../errors/index.ts'
import { UNKNOWN } from './key-table.ts'
import type { PartitionFeed } from './partition-feed.ts'
import type { Partitions } from './partitions.ts'
import { Bin, type Held, type RowBins } from './row-bins.ts'
import { CHUNK_WORDS, type Chunk, type ChunkPool } from './row-chunks.ts'
import { isLongAt, partitionAt, RecordBatch, readPlaces, rowAt, sizeAt } from './row-records.ts'

/** How many pieces of the file are read at once. */
const READS = 8
/** A bin is divided into at most about three times as many. */
const MOST_DIVISIONS = 24

/** The parts that a replay works with. */
export interface ReplayParts {
  readonly partitions: Partitions
  readonly bins: RowBins
  readonly pool: ChunkPool
  readonly feed: PartitionFeed
  /** How many columns the files have. */
  readonly columns: number
  /** Whether the encoder was discarded. */
  readonly isOver: () => boolean
}

/** Passes the rows that wait on to the encoder, one partition after the other. */
export class Replay {
  readonly #parts: ReplayParts
  readonly #batch: RecordBatch
  readonly #places: Int32Array
  readonly #chunks: number
  readonly #shift: number

  /** @param chunks the size of the pool @param shift how many low bits are equal for the partitions of a bin */
  constructor(parts: ReplayParts, { chunks, shift }: { readonly chunks: number; readonly shift: number }) {
    this.#parts = parts
    this.#chunks = chunks
    this.#shift = shift
    this.#batch = new RecordBatch(parts.columns)
    this.#places = new Int32Array(2 * parts.columns)
  }

  /**
   * Passes all rows on that are in memory, in the order in which the partitions have appeared.
   *
   * @param open the partition that does not end with them, which is the last one; UNKNOWN if each one ends
   */
  async memory(bins: readonly Bin[], open: number): Promise<void> {
    const chunks = bins.flatMap(bin => bin.takeAll()).flatMap(held => ('slot' in held ? [] : [held]))
    await this.#group(chunks, 0, open)
    for (const chunk of chunks) this.#parts.pool.give(chunk)
  }

  /** Passes the rows of the bins on, which have no more rows in memory. */
  async disk(bins: readonly Bin[]): Promise<void> {
    for (const [at, bin] of bins.entries()) {
      const { partitions } = this.#parts
      const ids: number[] = []
      for (let id = at; id < partitions.count; id += bins.length) if (partitions.words[id] > 0) ids.push(id)
      await this.#bin(bin.takeAll(), ids)
      if (this.#parts.isOver()) return
    }
  }

  async #bin(held: readonly Held[], ids: readonly number[]): Promise<void> {
    if (held.length === 0 || this.#parts.isOver()) return
    if (chunksFor(held) <= this.#parts.pool.remaining) await this.#inMemory(held)
    else if (ids.length === 1) await this.#stream(held, ids[0])
    else await this.#divide(held, ids)
  }

  async #inMemory(held: readonly Held[]): Promise<void> {
    const chunks: Chunk[] = []
    for (let at = 0; at < held.length; at += READS)
      chunks.push(...(await Promise.all(held.slice(at, at + READS).map(piece => this.#load(piece)))))
    await this.#group(chunks, this.#shift, UNKNOWN)
    for (const chunk of chunks) this.#release(chunk)
  }

  /** The rows of one partition, which do not fit into the memory. */
  async #stream(held: readonly Held[], partition: number): Promise<void> {
    const { feed, partitions } = this.#parts
    feed.open(partitions.pathOf(partition))
    for await (const chunk of this.#pieces(held)) {
      for (let at = 0; at < chunk.used; at += sizeAt(chunk.words, at)) {
        const waiting = this.#take(chunk, at)
        if (waiting !== null) await waiting
      }
      await this.#flush()
    }
    await feed.close()
  }

  /** Divides the rows by their partitions into bins that fit into the memory, or have one partition. */
  async #divide(held: readonly Held[], ids: readonly number[]): Promise<void> {
    const { bins, partitions } = this.#parts
    const groups = grouped(ids, partitions.words, this.#chunks)
    const binOf = new Uint8Array((partitions.count >> this.#shift) + 1)
    for (const [at, group] of groups.entries()) for (const id of group) binOf[id >> this.#shift] = at
    const divided = groups.map(() => new Bin())
    for await (const chunk of this.#pieces(held)) {
      const { words, used } = chunk
      for (let at = 0; at < used; at += sizeAt(words, at)) {
        const bin = divided[binOf[partitionAt(words, at) >> this.#shift]]
        while (
          !(used > CHUNK_WORDS ? bins.addLong(bin, chunk) : bins.copy(bin, words, at, sizeAt(words, at)))
        ) {
          await bins.whenFree()
          if (this.#parts.isOver()) return
        }
      }
    }
    await bins.flush(divided)
    for (const [at, bin] of divided.entries()) await this.#bin(bin.takeAll(), groups[at])
  }

  /**
   * Sorts the rows by their partitions, and passes them on.
   *
   * @param shift of the partitions' numbers, after which they differ
   * @param open the partition that does not end with these rows
   */
  async #group(chunks: readonly Chunk[], shift: number, open: number): Promise<void> {
    const { partitions, feed, isOver } = this.#parts
    const { starts, records } = sorted(chunks, partitions.count, shift)
    for (let group = 0; group + 1 < starts.length; group++) {
      if (starts[group] === starts[group + 1]) continue
      if (isOver()) return
      const first = records[starts[group]]
      const partition = partitionAt(chunks[first >>> ADDRESS_BITS].words, first & ADDRESS_MASK)
      feed.open(partitions.pathOf(partition))
      for (let at = starts[group]; at < starts[group + 1]; at++) {
        const waiting = this.#take(chunks[records[at] >>> ADDRESS_BITS], records[at] & ADDRESS_MASK)
        if (waiting !== null) await waiting
      }
      await this.#flush()
      if (partition !== open) await feed.close()
    }
  }

  /** Adds a record to the batch. Returns a promise if it takes time. */
  #take(chunk: Chunk, at: number): Promise<void> | null {
    const { words } = chunk
    const bytes = sizeAt(words, at) << 2
    if (isLongAt(words, at) || bytes > this.#parts.feed.encoder.mostRowBytes) return this.#inPieces(chunk, at)
    return this.#batch.add(words, at) ? null : this.#flushAndAdd(words, at)
  }

  async #flushAndAdd(words: Int32Array, at: number): Promise<void> {
    await this.#flush()
    this.#batch.add(words, at)
  }

  async #inPieces({ bytes, words }: Chunk, at: number): Promise<void> {
    const { feed, columns, isOver } = this.#parts
    await this.#flush()
    readPlaces(words, at, columns, this.#places)
    const source = bytes.subarray()
    while (!isOver() && !feed.row(source, this.#places, rowAt(words, at))) await feed.whenReady()
  }

  async #flush(): Promise<void> {
    if (this.#batch.rows > 0) await this.#parts.feed.batch(this.#batch, this.#parts.isOver)
    this.#batch.clear()
  }

  /** Reads one piece after the other, and one ahead. */
  async *#pieces(held: readonly Held[]): AsyncGenerator<Chunk, void, void> {
    let next = this.#load(held[0])
    for (let at = 0; at < held.length; at++) {
      const chunk = await next
      if (this.#parts.isOver()) return this.#release(chunk)
      if (at + 1 < held.length) {
        next = this.#load(held[at + 1])
        next.catch(() => {})
      }
      yield chunk
      this.#release(chunk)
    }
  }

  async #load(held: Held): Promise<Chunk> {
    const { pool, bins } = this.#parts
    if (!('slot' in held)) return held
    if (bins.file === null) throw new BatchQueryError('INTERNAL', 'rows wait in a file that is closed')
    if (held.words > CHUNK_WORDS) return bins.file.read(held, null)
    let target = pool.take()
    for (; target === null; target = pool.take()) await pool.whenFree()
    return bins.file.read(held, target)
  }

  /** The memory of a longer chunk was never the pool's. */
  #release(chunk: Chunk): void {
    if (chunk.words.length === CHUNK_WORDS) this.#parts.pool.give(chunk)
  }
}

/** How many chunks the rows need in memory. */
const chunksFor = (held: readonly Held[]): number =>
  held.reduce((sum, piece) => sum + ('slot' in piece ? Math.ceil(piece.words / CHUNK_WORDS) : 0), 0)

/** The number of a chunk and a place in it. */
const ADDRESS_BITS = 15
const ADDRESS_MASK = CHUNK_WORDS - 1

/** Sorts records by their partitions, without changing the order within a partition. */
function sorted(
  chunks: readonly Chunk[],
  partitions: number,
  shift: number,
): { readonly starts: Uint32Array; readonly records: Uint32Array } {
  const starts = new Uint32Array((partitions >> shift) + 2)
  for (const { words, used } of chunks)
    for (let at = 0; at < used; at += sizeAt(words, at)) starts[(partitionAt(words, at) >> shift) + 1]++
  for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1]
  const next = starts.slice()
  const records = new Uint32Array(starts[starts.length - 1])
  for (const [index, { words, used }] of chunks.entries())
    for (let at = 0; at < used; at += sizeAt(words, at))
      records[next[partitionAt(words, at) >> shift]++] = (index << ADDRESS_BITS) | at
  return { starts, records }
}

/** Divides partitions into groups of about equal sizes, at least two of them. @param chunks of the memory */
function grouped(ids: readonly number[], words: Float64Array, chunks: number): number[][] {
  const total = ids.reduce((sum, id) => sum + words[id], 0)
  const most = (chunks * CHUNK_WORDS) / 2
  const target = Math.min(Math.max(most, total / Math.min(MOST_DIVISIONS, chunks >> 2)), total / 2)
  const groups: number[][] = []
  let small: number[] = []
  let sum = 0
  for (const id of ids) {
    if (words[id] > target) {
      groups.push([id])
      continue
    }
    if (small.length > 0 && sum + words[id] > target) {
      groups.push(small)
      small = []
      sum = 0
    }
    small.push(id)
    sum += words[id]
  }
  if (small.length > 0) groups.push(small)
  return groups
}
